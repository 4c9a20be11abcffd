"""An opened copy of a data set: pairs in a stable order, and a report on the copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING

from ...bench.contracts import DatasetCard, DatasetReport, ImagePair
from ...bench.errors import ImageError, UnknownNameError
from ...bench.files.natural_order import natural_order
from ...bench.terminal.panels import Panel, Shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PairedList", "open_pairs"]


@dataclass(frozen=True, repr=False)
class PairedList(Shown):
    """A `PairedDataset` with all pairs listed up front; images are read on demand."""

    card: DatasetCard
    report: DatasetReport
    pairs: tuple[ImagePair, ...]
    expected_keys: frozenset[str] = frozenset()
    """Keys of a complete copy; empty without an official list."""

    expected_sizes: frozenset[tuple[int, int]] = frozenset()
    """Possible (height, width) of images in a complete copy; empty if not fixed."""

    @property
    def variant(self) -> str:
        """Variant of this copy."""
        return self.report.variant

    @property
    def missing_keys(self) -> tuple[str, ...]:
        """Keys of a complete copy that this one lacks."""
        return tuple(sorted(self.expected_keys - self._by_key.keys(), key=natural_order))

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[ImagePair]:
        return iter(self.pairs)

    def __getitem__(self, key: str) -> ImagePair:
        """Get the pair of a key.

        Raises:
            UnknownNameError: there is no such key; the message suggests the nearest ones.
        """
        if key not in self._by_key:
            raise UnknownNameError(f"pair of {self.card.title}", key, self._by_key)
        return self._by_key[key]

    def to_dataframe(self) -> pd.DataFrame:
        """One row per pair: `key`, `group`, and the names of the degraded image and the target."""
        import pandas as pd

        rows = [(pair.key, pair.group, pair.degraded.name, pair.target.name) for pair in self.pairs]
        return pd.DataFrame(rows, columns=["key", "group", "degraded", "target"])

    def _panel(self) -> Panel:
        report = self.report
        expected = report.expected_pairs
        of = f" of {expected:,}" if expected and expected != len(self) else ""
        variant = f" ({self.variant})" if self.variant else ""
        line = f"Data set: {self.card.title}{variant}, {len(self):,}{of} pairs for {self.card.task}"
        rows = [
            ("default protocol", self.card.default_protocol),
            ("layout", report.layout),
            ("folder", report.root),
            ("groups", f"{len({pair.group for pair in self.pairs}):,}"),
        ]
        return Panel(line, ("", ""), rows, report.warnings)

    def _repr_html_(self) -> str:
        """The facts, with the first pair."""
        if not self.pairs:
            return self._panel().html()
        pair = self.pairs[0]
        shown = ((f"degraded, {pair.key}", pair.degraded), (f"target, {pair.key}", pair.target))
        try:
            pictures = tuple((title, source.read()) for title, source in shown)
        except ImageError as error:
            return replace(self._panel(), notes=(*self.report.warnings, str(error))).html()
        return replace(self._panel(), pictures=pictures).html()

    @cached_property
    def _by_key(self) -> Mapping[str, ImagePair]:
        return MappingProxyType({pair.key: pair for pair in self.pairs})


def open_pairs(
    card: DatasetCard,
    pairs: Iterable[ImagePair],
    *,
    layout: str,
    root: str,
    variant: str = "",
    expected: frozenset[str] | None = None,
    sizes: Iterable[tuple[int, int]] = (),
    warnings: Sequence[str] = (),
) -> PairedList:
    """Sort and count the pairs, and make the report.

    Args:
        card: card of the data set.
        pairs: pairs in any order, with unique keys.
        layout: the recognised layout.
        root: the folder, as given by the user.
        variant: variant of the copy.
        expected: keys of a complete copy; `None` if only the card's number is known.
        sizes: possible (height, width) of images in a complete copy.
        warnings: caveats to state with every result on this copy.
    """
    ordered = tuple(sorted(pairs, key=lambda pair: natural_order(pair.key)))
    report = DatasetReport(
        layout=layout,
        variant=variant,
        found_pairs=len(ordered),
        expected_pairs=card.expected_pairs if expected is None else len(expected),
        root=root,
        listing_sha256=_listing_sha256(ordered),
        warnings=tuple(warnings),
    )
    return PairedList(card, report, ordered, expected or frozenset(), frozenset(sizes))


def _listing_sha256(pairs: Iterable[ImagePair]) -> str:
    digest = sha256()
    for pair in pairs:
        digest.update(f"{pair.key}\0{pair.degraded.size_bytes}\0{pair.target.size_bytes}\n".encode())
    return digest.hexdigest()
