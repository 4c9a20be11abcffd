"""`restorebench submit`: pack runs for a leaderboard, or check packed ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..terminal.paths import shown_path
from ..terminal.wording import counted
from .common_options import with_verbosity
from .completers import complete_runs

if TYPE_CHECKING:
    from ..contracts import JsonValue

__all__ = ["submit"]


@with_verbosity
def submit(
    runs: Annotated[list[Path], Parameter(completer=complete_runs)],
    *,
    out: Path = Path(),
    check: bool = False,
    json: bool = False,
) -> int:
    """Pack run folders for submission, one archive each, or check archives.

    An archive contains run.json, scores.jsonl and a manifest with their sha256. A check rejects archives that are
    damaged, edited or incomplete, contain failed images, or have a summary that does not match the records. It looks
    at every archive.

    For example:
      restorebench submit restorebench-out/rain100h/prenet --out submissions
      restorebench submit --check submissions/rain100h--prenet--0a1b2c3d.zip

    Exit code: 0, 2 if a run cannot be packed or an archive is rejected.

    Args:
        runs: Folders containing runs, at any depth; with --check, archives.
        out: Output folder of the archives.
        check: Check archives instead of writing them.
        json: With --check, print what is in each archive, or why it is rejected, as JSON.
    """
    from ...reports.submission import archive_name, pack_run
    from ..errors import UsageError
    from ..runs.run import find_runs, load_run
    from ..terminal.display import print_lines

    if check:
        return _check(runs, json=json)
    if json:
        raise UsageError("--json belongs to --check: add it, or leave it out.")
    found = [load_run(folder) for folder in dict.fromkeys(run.path for run in find_runs(*runs))]
    print_lines([shown_path(pack_run(run, out / archive_name(run))) for run in found])
    return 0


def _check(archives: list[Path], *, json: bool) -> int:
    """Check every archive, whatever is wrong with those before it; return the exit code."""
    from ...reports.submission import check_archive
    from ..errors import RunFolderError
    from ..terminal.display import error, print_json, print_text

    code = 0
    rows: list[JsonValue] = []
    for archive in archives:
        try:
            run = check_archive(archive)
        except RunFolderError as rejected:
            rows.append({"archive": str(archive), "intact": False, "reason": str(rejected)})
            code = rejected.exit_code
            if not json:
                error(str(rejected))
        else:
            images = len(run.records)
            facts: dict[str, JsonValue] = {"model": run.model, "dataset": run.dataset, "images": images}
            rows.append({"archive": str(archive), "intact": True, **facts, "protocols": list(run.protocols)})
            protocols = " and ".join(run.protocols)
            if not json:
                held = f"{run.model} on {run.dataset} by {protocols}, {counted(images, 'image')}"
                print_text(f"{shown_path(archive)}: {held}, is intact.")
    if json:
        print_json(rows)
    return code
