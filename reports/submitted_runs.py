"""Runs for a table or site with the trust in each result: claimed, re-scored from submitted images, or re-run.

Trust is what those who make the table did themselves. A run cannot say it of itself, and neither can an archive.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ..bench.contracts import PairedDataset
from ..bench.datasets import DATASETS, open_copy
from ..bench.errors import RunFolderError, UsageError, did_you_mean
from ..bench.files.atomic import write_atomic
from ..bench.files.codec import decode, encode, parse_json
from ..bench.files.fingerprints import file_sha256
from ..bench.models.cache import weights_dir
from ..bench.registry.specs import Spec
from ..bench.runs.run import Run, find_runs
from ..bench.runs.trust import Trust
from ..bench.terminal.progress import Progress
from .board.summaries import current_summary
from .image_archives import SUFFIX, images_beside
from .rescoring import rescore, trusting
from .submission import check_archive

__all__ = ["rescored_run", "run_archives", "submitted_runs"]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What scoring an archive's images again has shown; kept, because it takes as long as the first time."""

    levels: Mapping[str, Mapping[str, Trust]]
    reasons: tuple[str, ...]


def submitted_runs(
    sources: Sequence[Path], rerun: Sequence[Path], datasets: Mapping[str, Spec], progress: Progress
) -> list[Run]:
    """Read runs from folders and archives, by each of their protocols, with the trust in every metric.

    Images beside an archive are scored again where their data set is given or embedded. A run in a folder of `rerun` is
    trusted to have been made by the caller.

    Args:
        sources: folders of runs, and archives written by `submit`.
        rerun: folders of runs that the caller made.
        datasets: where data sets are, by name with options.
        progress: of the work.

    Raises:
        RunFolderError: a folder holds no run, an archive is damaged, or its images contradict its records.
        UsageError: a data set is of no archive with images.
    """
    own = {run.path.resolve() for folder in rerun for run in find_runs(folder)}
    archives = run_archives(path for path in sources if path.is_file())
    folders = [path for path in sources if not path.is_file()]
    runs: list[Run] = []
    opened: dict[str, PairedDataset] = {}
    for archive in archives:
        run = rescored_run(archive, datasets, opened, progress)
        runs += [run.by(protocol) for protocol in run.protocols]
    if unused := datasets.keys() - opened.keys():
        name = min(unused)
        known = {run.dataset for run in runs if images_beside(run.path).is_file()}
        hint = did_you_mean(name, known) if known else "; submissions have them if made by `submit --images`."
        raise UsageError(f"-d {name}: no archive with images is of this data set{hint}")
    found = find_runs(*folders) if folders else []
    runs += [trusting(run, {}) for run in found if run.path.resolve() not in own]
    runs += [trusting(run, {}, "re-run") for run in (find_runs(*rerun) if rerun else [])]
    for sentence in _contradictions(runs):
        progress.note(sentence)
    return sorted(runs, key=lambda run: (run.dataset, run.protocol, run.model))


def run_archives(paths: Iterable[Path]) -> list[Path]:
    """Leave out the archives of images, which belong to those of runs beside them.

    Raises:
        RunFolderError: an archive of images has none beside it.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.name.endswith(SUFFIX):
            found[path] = None
            continue
        archive = path.with_name(path.name.removesuffix(SUFFIX) + ".zip")
        if not archive.is_file():
            raise RunFolderError(f"{path} holds images alone: put the archive of their run, {archive.name}, beside it.")
        found[archive] = None
    return list(found)


def rescored_run(
    archive: Path, datasets: Mapping[str, Spec], opened: dict[str, PairedDataset], progress: Progress
) -> Run:
    """Check an archive, and score its images again if it has any and their data set is given or embedded.

    Args:
        archive: of a run.
        datasets: where data sets are, by name with options.
        opened: data sets that are open already; one that is opened joins them.
        progress: of the work; is told why results remain claimed.

    Raises:
        RunFolderError: the archive is damaged, or its images contradict its records.
    """
    run = check_archive(archive)
    images = images_beside(archive)
    if not images.is_file():
        return trusting(run, {})
    spec = datasets.get(run.dataset) or _embedded(run.dataset)
    if spec is None:
        progress.note(f"{images.name} is not scored again: {_how_to_give(run.dataset)}.")
        return trusting(run, {})
    if run.dataset not in opened:
        opened[run.dataset] = open_copy(spec)
    outcome = _outcome(run, archive, images, opened[run.dataset], progress)
    for reason in outcome.reasons:
        progress.note(f"{archive.name}: {reason}")
    return trusting(run, outcome.levels)


def _embedded(name: str) -> Spec | None:
    """An embedded data set, which needs no folder, to be opened without being asked for; `None` for every other.

    The name comes with an archive, whose author must choose neither what is imported nor how many images are made: it
    has to be registered, without options, and of a fixed number of pairs.
    """
    card = DATASETS.get(name).card if name in DATASETS.names() else None
    return Spec(name) if card is not None and card.embedded and card.expected_pairs is not None else None


def _how_to_give(name: str) -> str:
    registered = name.partition("[")[0]
    if registered in DATASETS.names() and DATASETS.get(registered).card.embedded:
        return f"name its data set with -d '{name}'"
    return f"say where its data set is with -d '{name}=ROOT'"


def _outcome(run: Run, archive: Path, images: Path, dataset: PairedDataset, progress: Progress) -> _Outcome:
    """What the images show, from an earlier time if archives, data set and program are the same."""
    place = dataset.report
    identity = (file_sha256(archive), file_sha256(images), place.listing_sha256, place.root, version("restorebench"))
    kept = weights_dir().parent / "rescored" / f"{hashlib.sha256(' '.join(identity).encode()).hexdigest()}.json"
    if kept.is_file():
        try:
            return decode(_Outcome, parse_json(kept.read_bytes()))
        except ValueError:
            progress.note(f"{kept} is damaged; {images.name} is scored again.")
    result = rescore(run, images, dataset, progress)
    outcome = _Outcome({each.protocol: each.trust for each in (result.run, *result.run.others)}, result.reasons)
    if result.final:
        write_atomic(kept, json.dumps(encode(outcome)))
    return outcome


def _contradictions(runs: Sequence[Run]) -> Iterator[str]:
    """Results of one plan that were claimed otherwise than they were measured again."""
    rerun = {run.info.plan.sha256: run for run in runs if "re-run" in run.trust.values()}
    for run in runs:
        own = rerun.get(run.info.plan.sha256)
        if own is None or own is run or len(own.records) != len(run.records):
            continue
        mine, theirs = current_summary(own).metrics, current_summary(run).metrics
        for name, facts in own.metric_facts.items():
            ours, claim = mine[name].mean, theirs[name].mean if name in theirs else None
            if ours is None or claim is None or ours == claim:
                continue
            if not math.isclose(ours, claim, rel_tol=0, abs_tol=10.0**-facts.stored):
                yield (
                    f"{run.path}: {facts.title} of {run.model} on {run.dataset} by {run.protocol} is "
                    f"{claim:.{facts.stored}f} there, but {ours:.{facts.stored}f} in {own.path}, which was re-run."
                )
