"""The data set that a run measured, opened again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..contracts import PairedDataset
from ..datasets import DATASETS, open_copy
from ..errors import DatasetError, UsageError
from ..registry.specs import Spec, parse_spec, with_path
from .run import Run

__all__ = ["dataset_roots", "reopen_dataset"]


def dataset_roots(texts: Sequence[str]) -> dict[str, Spec]:
    """Data sets given as NAME=ROOT, or as NAME if they are embedded, by name with options.

    Raises:
        UsageError: one is malformed, lacks its root, or is given twice; an unknown name has no root.
    """
    found: dict[str, Spec] = {}
    for spec in map(parse_spec, texts):
        if spec.path is None and not DATASETS.get(spec.name).card.embedded:
            raise UsageError(f"-d {spec} does not say where the data set is: write -d '{spec}=ROOT'.")
        if str(spec) in found:
            raise UsageError(f"The data set {spec} was given twice: name its folder once.")
        found[str(spec)] = spec
    return found


def reopen_dataset(run: Run, roots: Mapping[str, Spec]) -> PairedDataset:
    """Open the copy that a run measured, where it was then or where it is now.

    Args:
        run: of the data set.
        roots: from `dataset_roots`.

    Raises:
        DatasetError: it is no longer there, or another copy is.
    """
    name, recorded = run.dataset, run.info.copy
    root = None if recorded.layout == "embedded" else recorded.root
    spec = roots.get(name) or with_path(parse_spec(name), root or None)
    if spec.path is not None and not spec.path.exists():
        raise DatasetError(f"The data set {name} is no longer in {spec.path}: say where with -d '{name}=ROOT'.")
    dataset = open_copy(spec)
    if dataset.report.listing_sha256 != recorded.listing_sha256:
        raise DatasetError(
            f"{dataset.report.root} is another copy of {name} than the one that {run.path} measured: say where that "
            f"one is with -d '{name}=ROOT'."
        )
    return dataset
