"""The values of an attribute for the images of runs: kept beside them, computed from the data set, or of the user's."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..contracts import ImagePair, PairedDataset
from ..errors import DatasetError, UnknownNameError, UsageError
from ..files.fingerprints import PAIR_DIGITS, pixel_sha256
from ..protocols.inputs import prepared_pair
from ..protocols.protocol import get_protocol
from ..registry.specs import Spec
from ..runs.measured_dataset import reopen_dataset
from ..runs.run import Run
from ..terminal.progress import Progress
from .attributes import ATTRIBUTES, Attribute
from .attributes_file import ImageAttributes, read_attributes, write_attributes

__all__ = [
    "AskedAttribute",
    "AttributeValues",
    "attribute_values",
    "find_attribute",
    "kept_attributes",
    "read_user_values",
]

AttributeValues = Mapping[str, "float | str"]
"""Key to value; a text is a category."""


@dataclass(frozen=True, slots=True)
class AskedAttribute:
    """An attribute by which images are sliced."""

    attribute: Attribute
    values: AttributeValues | None = None
    """Of the user's own; `None` for one that is computed from images."""


def find_attribute(text: str) -> AskedAttribute:
    """The attribute that `--by` names: one of this package, or a CSV file of the user's.

    Raises:
        UsageError: the file cannot be read as keys and values.
        UnknownNameError: it is neither.
    """
    if text in ATTRIBUTES:
        return AskedAttribute(ATTRIBUTES[text])
    path = Path(text).expanduser()
    if path.suffix.lower() == ".csv" or path.is_file():
        name, values = read_user_values(path)
        return AskedAttribute(Attribute(name, name, 3), values)
    raise UnknownNameError("attribute", text, ATTRIBUTES, hint="(attributes; or name a CSV file of key and value)")


def read_user_values(path: Path) -> tuple[str, dict[str, float | str]]:
    """Read a CSV file with a header: the first column has the keys of images, the second one the values.

    Values are numbers if all are, otherwise categories.

    Returns:
        The title of the second column, and the values by key.

    Raises:
        UsageError: the file cannot be read, has fewer columns, no row, or a key twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{path} cannot be read as CSV ({reason}): give a file of key and value.") from error
    if len(rows) < 2 or any(len(row) < 2 for row in rows):  # noqa: PLR2004 -- a header and a row; a key and a value
        raise UsageError(
            f"{path} has no rows of key and value: write a header line such as key,weather and then a line per image."
        )
    keys = [row[0].strip() for row in rows[1:]]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise UsageError(f"{path} has the key {twice!r} twice: keep one line per image.")
    texts = [row[1].strip() for row in rows[1:]]
    numbers = [_number(text) for text in texts]
    whole = None not in numbers
    values: list[float | str] = [each for each in numbers if each is not None] if whole else list(texts)
    return rows[0][1].strip() or path.stem, dict(zip(keys, values, strict=True))


def attribute_values(
    asked: AskedAttribute, runs: Sequence[Run], roots: Mapping[str, Spec], progress: Progress
) -> AttributeValues:
    """The values of an attribute for the images of one data set; new ones are kept in the run folders.

    Args:
        asked: the attribute.
        runs: of one data set.
        roots: where data sets are now; see `dataset_roots`.
        progress: of the computation.

    Raises:
        DatasetError: the images are needed and not where they were, or a user's file has none of them.
        RunFolderError: a file of attributes is damaged.
        JournalWriteError: the disk is full or a folder cannot be written.
    """
    name = asked.attribute.name
    wanted = {record.key: record.pair for run in runs for record in run.records if record.status == "ok"}
    if asked.values is not None:
        found = {key: value for key, value in asked.values.items() if key in wanted}
        if not found:
            raise DatasetError(
                f"The file of {name!r} has none of the {len(wanted)} images of {runs[0].dataset}, such as "
                f"{min(wanted)!r}: use the keys of `scores.jsonl`."
            )
    else:
        found = {key: value for key, value in kept_attributes(runs).get(name, {}).items() if key in wanted}
        lacking = {key: pair for key, pair in wanted.items() if key not in found}
        if lacking:
            found |= _computed(asked.attribute, runs[0], lacking, reopen_dataset(runs[0], roots), progress)
    for folder in {run.path for run in runs}:
        _keep(folder, name, found, wanted)
    return found


def kept_attributes(runs: Sequence[Run]) -> dict[str, dict[str, float | str]]:
    """Every attribute that the folders of these runs keep of the images that they measured, by name and key.

    Raises:
        RunFolderError: a file of attributes is damaged.
    """
    lines = [line for folder in dict.fromkeys(run.path for run in runs) for line in read_attributes(folder).values()]
    pairs = {record.key: record.pair for run in runs for record in run.records} if lines else {}
    found: dict[str, dict[str, float | str]] = {}
    for line in lines:
        if line.key in pairs and line.pair == pairs[line.key]:
            for name, value in line.values.items():
                found.setdefault(name, {}).setdefault(line.key, value)
    return found


def _computed(
    attribute: Attribute, run: Run, digests: Mapping[str, str], dataset: PairedDataset, progress: Progress
) -> dict[str, float | str]:
    """Compute an attribute of the images whose digests are given, or take it from the data set."""
    compute = attribute.compute
    if compute is None:
        return _known(attribute, run, digests, dataset)
    if not dataset.card.has_targets:
        raise DatasetError(f"{run.dataset} has no targets, which {attribute.name} is computed from: name a CSV file.")
    rule, wanted = get_protocol(run.protocol).input, set(digests)
    pairs = [prepared_pair(pair, rule) for pair in dataset if pair.key in wanted]
    found: dict[str, float | str] = {}
    progress.start(f"{attribute.name} of {run.info.dataset.title or run.dataset}", len(pairs), 0)
    try:
        for pair in pairs:
            found[pair.key] = _of_pair(pair, digests[pair.key], compute)
            progress.advance()
    finally:
        progress.finish()
    return found


def _known(
    attribute: Attribute, run: Run, digests: Mapping[str, str], dataset: PairedDataset
) -> dict[str, float | str]:
    """An attribute as the data set knows it."""
    found = {pair.key: pair.attributes.get(attribute.name) for pair in dataset if pair.key in digests}
    known: dict[str, float | str] = {key: value for key, value in found.items() if value is not None}
    if len(known) < len(found):
        raise DatasetError(
            f"{run.dataset} does not know the {attribute.name} of its images: slice by another attribute, or name a "
            "CSV file."
        )
    return known


def _of_pair(pair: ImagePair, digest: str, compute: Callable[..., float]) -> float:
    degraded, target = pair.degraded.read(), pair.target.read()
    if digest and pixel_sha256(degraded, target)[:PAIR_DIGITS] != digest:
        raise DatasetError(
            f"The pixels of {pair.key} have changed since they were measured: say where that copy is with -d NAME=ROOT."
        )
    return compute(degraded, target)


def _keep(folder: Path, name: str, values: AttributeValues, digests: Mapping[str, str]) -> None:
    """Add an attribute to those that a run folder keeps, if it is new or has other values."""
    known = read_attributes(folder)
    merged = dict(known)
    for key, value in values.items():
        line = known.get(key)
        if line is None or line.pair != digests[key]:
            line = ImageAttributes(key, digests[key])
        shown = float(f"{value:.9g}") if isinstance(value, float) else value
        merged[key] = replace(line, values={**line.values, name: shown})
    if merged != known:
        write_attributes(folder, merged.values())


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
