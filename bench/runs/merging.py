"""Merging of run folders of the same cells, such as the shards of a job array."""

from __future__ import annotations

import contextlib
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import PlanMismatchError, RunFolderError
from ..files.folder_lock import hold
from ..files.natural_order import natural_order
from ..machine.environment import Environment
from ..terminal.progress import Progress
from .journal import rewrite_journal
from .observations import observation_paths
from .pictures import BEST, WORST, PictureKeeper, SaveImages, existing_picture, first_value, picture_path
from .plan import Plan, plan_difference
from .records import ScoreRecord
from .run import (
    IMAGES_FOLDER,
    RESTORED_FOLDER,
    RUN_FILE,
    SCORES_FILE,
    Measurement,
    Run,
    RunInfo,
    cell_name,
    finish_run,
    load_run,
    read_info,
    read_records,
    write_info,
)
from .writing import writing

__all__ = ["merge_runs"]


def merge_runs(sources: Sequence[Path], out: Path, progress: Progress) -> list[Run]:
    """Merge the records of run folders, cell by cell, into run folders below `out`.

    Runs already in `out` are included, so that parts may be merged as they become available. For an image in several
    parts, the first successful record is kept, or the first failed one; what other parts measured on it by other
    protocols joins it. The parts are left unchanged.

    Args:
        sources: folders with run folders at any depth, such as `OUT/shards`.
        out: output folder of the `<dataset>/<model>` run folders.
        progress: receives notes about missing images.

    Returns:
        The merged runs.

    Raises:
        RunFolderError: a source contains no run, or a damaged one.
        PlanMismatchError: parts of a cell have different plans.
        RunLockedError: another process is writing one of them.
        JournalWriteError: the disk is full; the parts are untouched.
    """
    parts: dict[tuple[str, str], list[Run]] = {}
    for run in _runs_below(sources):
        parts.setdefault((run.dataset, run.model), []).append(run)
    for runs in parts.values():
        _check_plans(runs)
    merged: list[Run] = []
    for (dataset, model), runs in sorted(parts.items()):
        run = _merge_cell(runs, out / cell_name(dataset) / cell_name(model))
        missing = run.info.copy.found_pairs - min(len(each.records) for each in (run, *run.others))
        if missing:
            progress.note(f"{model} on {dataset}: {missing} of {run.info.copy.found_pairs} images have no record yet.")
        merged.append(run)
    return merged


def _runs_below(sources: Sequence[Path]) -> list[Run]:
    runs: dict[Path, Run] = {}
    for source in sources:
        files = sorted(source.rglob(RUN_FILE), key=lambda path: natural_order(path.as_posix()))
        if not files:
            raise RunFolderError(
                f"There is no run below {source}: give the folders written by `restorebench run --shard`, OUT/shards."
            )
        runs |= {file.parent.resolve(): load_run(file.parent) for file in files}
    return list(runs.values())


def _check_plans(runs: Sequence[Run]) -> None:
    """Refuse parts that have no protocol in common, or another plan by one that they have in common."""
    first = runs[0]
    for other in runs[1:]:
        mine, theirs = _plans(first), _plans(other)
        shared = [protocol for protocol in mine if protocol in theirs]
        differing = [protocol for protocol in shared if mine[protocol].sha256 != theirs[protocol].sha256]
        if not shared or differing:
            pair = (mine[differing[0]], theirs[differing[0]]) if differing else (first.info.plan, other.info.plan)
            changes = "; ".join(plan_difference(*pair))
            raise PlanMismatchError(
                f"{other.path} and {first.path} have different plans ({changes}): merge only parts of one plan."
            )


def _plans(run: Run) -> dict[str, Plan]:
    return {each.protocol: each.info.plan for each in (run, *run.others)}


def _merge_cell(parts: list[Run], folder: Path) -> Run:
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held, writing(folder, kept="the parts are untouched"):
        for path in {folder.resolve(), *(part.path.resolve() for part in parts)}:
            held.enter_context(hold(path))
        if (folder / RUN_FILE).is_file():
            before = load_run(folder)
            parts = [before, *(part for part in parts if part.path.resolve() != folder.resolve())]
            _check_plans(parts)
        records = _union(parts)
        _bring_pictures(parts, folder, records)  # the largest part, so that a full disk leaves an older run as it was
        write_info(folder, _joined_info(parts, len(records)))
        rewrite_journal(folder / SCORES_FILE, records)
        return finish_run(folder)


def _union(parts: Sequence[Run]) -> list[ScoreRecord]:
    """Choose one record per image, in data set order."""
    chosen: dict[str, ScoreRecord] = {}
    for part in parts:
        for record in _whole_records(part):
            known = chosen.get(record.key)
            if known is None or (known.status == "failed" and record.status == "ok"):
                chosen[record.key] = record
            elif known.status == record.status == "ok" and known.pair == record.pair:
                for protocol in [name for name in record.scores if name not in known.scores]:
                    chosen[record.key] = chosen[record.key].joined(record.by(protocol))
    return [chosen[key] for key in sorted(chosen, key=natural_order)]


def _whole_records(part: Run) -> Sequence[ScoreRecord]:
    """The records of a part, each by all of its protocols."""
    return read_records(part.path, read_info(part.path)) if part.others else part.records


def _joined_info(parts: Sequence[Run], records: int) -> RunInfo:
    first = min(parts, key=lambda part: part.info.created).info
    others: list[Environment] = []
    for part in parts:
        for environment in (part.info.environment, *part.info.resumed_in):
            if environment.differs_from(first.environment) and all(map(environment.differs_from, others)):
                others.append(environment)
    shards = {part.info.shard: part.info.selected for part in parts if part.info.shard}
    whole = [part.info.selected for part in parts if not part.info.shard]
    asked = min(max(records, sum(shards.values()), *whole, 0), first.copy.found_pairs)
    facts = {run.protocol: run.info.protocol for part in parts for run in (part, *part.others)}
    joined = first.measured_by([Measurement(each) for each in facts.values()])
    return replace(joined, selected=asked, resumed_in=tuple(others), shard="")


def _bring_pictures(parts: Sequence[Run], folder: Path, records: Sequence[ScoreRecord]) -> None:
    """Copy all pictures of a single part, or if all parts kept all; otherwise the worst and best of those available."""
    owners = {
        record.key: part
        for part in reversed(parts)
        for record in part.records
        if existing_picture(part.restored_folder, record.key)
    }
    good = [record for record in records if record.status == "ok"]
    # A part with few images has all their pictures in either case.
    many = any(count > WORST + BEST for count in Counter(id(part) for part in owners.values()).values())
    complete = many and all(record.key in owners for record in good)
    which: SaveImages = "all" if len(parts) == 1 or complete else "worst"
    keeper = PictureKeeper(folder / RESTORED_FOLDER, which, ())
    for record in good:
        part = owners.get(record.key)
        if part is not None and (path := existing_picture(part.restored_folder, record.key)) is not None:
            content = path.read_bytes()
            keeper.offer_png(record.key, first_value(record), lambda content=content: content)
    for key in keeper.kept(owners):
        _bring_companions(owners[key].path, folder, key)


def _bring_companions(part: Path, folder: Path, key: str) -> None:
    """Copy the degraded and target images and the observations belonging to a restored image."""
    pairs = [(part / path, folder / path) for path in observation_paths(part, key)]
    pairs += [
        (source, picture_path(folder.parent / IMAGES_FOLDER / kind, key))
        for kind in ("degraded", "target")
        if (source := existing_picture(part.parent / IMAGES_FOLDER / kind, key)) is not None
    ]
    for source, destination in pairs:
        if source.is_file() and not destination.is_file():
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, destination)
