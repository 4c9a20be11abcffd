"""`restorebench submit`: pack runs for a leaderboard, or check packed ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..evaluation.completers import complete_datasets
from ..terminal.paths import shown_path
from ..terminal.wording import counted
from .common_options import with_verbosity
from .completers import complete_runs
from .option_owners import refuse_without
from .output_folders import refuse_file_name

if TYPE_CHECKING:
    from ..contracts import JsonValue
    from ..runs.run import Run

__all__ = ["submit"]


@with_verbosity
def submit(
    runs: Annotated[list[Path], Parameter(completer=complete_runs)],
    *,
    out: Path = Path(),
    check: bool = False,
    images: bool = False,
    dataset: Annotated[list[str] | None, Parameter(name=["--dataset", "-d"], completer=complete_datasets)] = None,
    json: bool = False,
) -> int:
    """Pack run folders for submission, one archive each, or check archives.

    An archive contains run.json, scores.jsonl and a manifest with their sha256. With --images, a second one beside it
    contains the restored images without loss, so that anyone can score them again.

    A check rejects archives that are damaged, edited or incomplete, contain failed images, or have a summary that does
    not match the records. It also scores their images again where their data set is embedded or given
    with -d, and rejects those that give other values. It looks at every archive.

    For example:
      restorebench submit restorebench-out/rain100h/prenet --out submissions --images
      restorebench submit --check submissions/rain100h--prenet--0a1b2c3d.zip
      restorebench submit --check submissions/rain100h--prenet--0a1b2c3d.zip -d rain100h=/data/Rain100H

    Exit code: 0, 2 if a run cannot be packed or an archive is rejected.

    Args:
        runs: Folders containing runs, at any depth; with --check, archives.
        out: Output folder of the archives.
        check: Check archives instead of writing them.
        images: Pack the restored images too, which --save-images all has kept.
        dataset: NAME=ROOT of a data set, to score images of archives again; with --check. Repeatable.
        json: With --check, print what is in each archive, or why it is rejected, as JSON.
    """
    from ...reports.image_archives import images_beside, pack_images
    from ...reports.submission import archive_name, pack_run
    from ..errors import UsageError
    from ..runs.run import find_runs, load_run
    from ..terminal.display import print_lines

    if images and check:
        raise UsageError("--images packs images, and --check finds them beside the archives: leave one of them out.")
    refuse_without("--check", {"-d": bool(dataset), "--json": json}, given=check)
    if check:
        return _check(runs, dataset or [], json=json)
    refuse_file_name(out)
    written: list[Path] = []
    for run in [load_run(folder) for folder in dict.fromkeys(run.path for run in find_runs(*runs))]:
        archive = out / archive_name(run)
        images_of = [pack_images(run, images_beside(archive))] if images else []
        written += [pack_run(run, archive), *images_of]
    print_lines([shown_path(path) for path in written])
    return 0


def _check(archives: list[Path], datasets: list[str], *, json: bool) -> int:
    """Check every archive, whatever is wrong with those before it; return the exit code."""
    from ...reports.submitted_runs import rescored_run, run_archives
    from ..contracts import PairedDataset
    from ..errors import RunFolderError
    from ..runs.measured_dataset import dataset_roots
    from ..terminal.display import RunProgress, error, print_json, print_text

    code, progress = 0, RunProgress()
    roots, opened = dataset_roots(datasets), dict[str, PairedDataset]()
    seen: set[Path] = set()
    rows: list[JsonValue] = []
    for path in archives:
        try:
            (archive,) = run_archives([path])
            if archive in seen:
                continue
            seen.add(archive)
            run = rescored_run(archive, roots, opened, progress)
        except RunFolderError as rejected:
            rows.append({"archive": str(path), "intact": False, "reason": str(rejected)})
            code = rejected.exit_code
            if not json:
                error(str(rejected))
        else:
            rows.append(_row(archive, run))
            if not json:
                print_text(_intact(archive, run))
    if json:
        print_json(rows)
    return code


def _row(archive: Path, run: Run) -> JsonValue:
    facts: dict[str, JsonValue] = {"model": run.model, "dataset": run.dataset, "images": len(run.records)}
    return {"archive": str(archive), "intact": True, **facts, "protocols": list(run.protocols)}


def _intact(archive: Path, run: Run) -> str:
    """The sentence on an archive that passed, with what was scored again."""
    images, protocols = counted(len(run.records), "image"), " and ".join(run.protocols)
    again = [
        f"{each.metric_facts[metric].title} by {each.protocol}"
        for each in (run, *run.others)
        for metric, level in each.trust.items()
        if level == "re-scored"
    ]
    scored = f" and its images give the same {', '.join(again)}" if again else ""
    return f"{shown_path(archive)}: {run.model} on {run.dataset} by {protocols}, {images}, is intact{scored}."
