"""Test sets for which only the number of pairs is known, not their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ...bench.contracts import DatasetCard, PairedDataset
from ...bench.errors import DatasetError
from .layout import Found, Images, KeyRule, Layout, on_name
from .paired_list import open_pairs

__all__ = ["EQUAL_NAMES", "equal_names", "open_counted"]

EQUAL_NAMES = on_name("([^/]+)")


def equal_names(degraded: str, target: str, key: KeyRule = EQUAL_NAMES) -> Layout:
    """Make a layout of two folders with equal file names."""
    return Layout(f"{{{degraded},{target}}}/NAME.png", Images(degraded, key), Images(target, key))


def open_counted(
    card: DatasetCard,
    found: Found,
    root: Path | None,
    group: Callable[[str], str] = lambda _: "",
    *,
    variant: str = "",
    expected: frozenset[str] | None = None,
    sizes: Iterable[tuple[int, int]] = (),
    warnings: Sequence[str] = (),
) -> PairedDataset:
    """Open a recognised copy, unless it has more pairs than the test set.

    Args:
        card: card of the data set.
        found: the recognised copy.
        root: the folder, as given by the user.
        group: function from a key to `ImagePair.group`.
        variant: variant of the copy.
        expected: keys of a complete copy, where they are known.
        sizes: possible (height, width) of images in a complete copy.
        warnings: caveats to state with every result on this copy.

    Raises:
        DatasetError: more pairs than the test split has.
        PairingError: images without a partner.
    """
    number = len(found.degraded.images)
    if card.expected_pairs is not None and number > card.expected_pairs:
        raise DatasetError(
            f"{found.base} contains {number} pairs, but the test split of {card.title} has {card.expected_pairs}, so "
            f"it is a different split or data set: give the folder of the test split."
        )
    return open_pairs(
        card,
        found.pairs(group),
        layout=found.layout.name,
        root=str(root),
        variant=variant,
        expected=expected,
        sizes=sizes,
        warnings=warnings,
    )
