"""The registry of data sets: register, look up and open them by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .contracts import DatasetCard, JsonValue, PairedDataset
from .errors import UsageError
from .files.archives import within_archive
from .registry.registry import Registry
from .registry.specs import Spec, bind_options

__all__ = ["DATASETS", "DatasetEntry", "open_copy", "open_dataset", "register_dataset"]


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """A registered data set: its card and the function that opens a copy."""

    card: DatasetCard
    open: Callable[..., PairedDataset]
    """`open(root, *, option=default, ...)`; `root` is `None` for embedded sets."""


def register_dataset(card: DatasetCard) -> Callable[[Callable[..., PairedDataset]], DatasetEntry]:
    """Make a decorator that registers a function opening a copy of a data set, under `card.name`."""

    def decorate(opener: Callable[..., PairedDataset]) -> DatasetEntry:
        entry = DatasetEntry(card, opener)
        DATASETS.add(card.name, entry)
        return entry

    return decorate


def open_dataset(name: str, root: str | Path | None = None, **layout_options: JsonValue) -> PairedDataset:
    """Open a copy of a data set: recognise its layout and variant, and pair its images.

    Args:
        name: a registered name, or `./file.py:attribute`.
        root: the folder, or an archive of it (.zip, .tar, .tar.gz), which is read as it is; embedded sets
            (`quickstart`) need none.
        layout_options: options of this data set, such as `variant="blur_gamma"` of GoPro.

    Raises:
        UsageError: an unknown name or option, or a missing root.
        DatasetError: the folder is not a copy of this data set, or is damaged.
    """
    return _open(name, root, layout_options)


def open_copy(spec: Spec) -> PairedDataset:
    """Open the copy of a data set that a specification names: `gopro[variant=blur]=ROOT`.

    Raises:
        UsageError: an unknown name or option, even one called `name`, or a missing root.
        DatasetError: the folder is not a copy of this data set, or is damaged.
    """
    return _open(spec.name, spec.path, spec.options)


def _open(name: str, root: str | Path | None, layout_options: Mapping[str, JsonValue]) -> PairedDataset:
    entry = DATASETS.get(name)
    options = bind_options(entry.open, layout_options, f"data set {name}")
    # Absolute, because images are read later, while a model may have changed the working directory.
    path = None if root is None else within_archive(Path(root).expanduser().absolute())
    return entry.open(path, **options)


def _coerce(value: object, name: str) -> DatasetEntry:
    if isinstance(value, DatasetEntry):
        return value
    raise UsageError(f"{name} is not a data set: decorate a function that opens it with @register_dataset(card).")


DATASETS: Registry[DatasetEntry] = Registry(
    "data set", catalogue="restorebench.datasets:DATASETS", group="restorebench.datasets", coerce=_coerce
)
