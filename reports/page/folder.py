"""The folder of a report or site: written beside the older one, which it replaces when it is complete."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ...bench.errors import UsageError
from ...bench.files.atomic import replace_file
from ...bench.files.faults import naming
from ...bench.files.partials import has_partials, partial_folder

__all__ = ["FILES_FOLDER", "FRONT_PAGE", "GENERATOR", "replacing_report"]

FRONT_PAGE = "index.html"
GENERATOR = "restorebench"
"""Begins the `generator` of every page, by which a report is recognised."""

FILES_FOLDER = "files"
"""Folder beside the front page with pictures and per-image values."""

OWN_FOLDERS = (FILES_FOLDER, "models", "datasets")
"""Folders beside the front page that contain only files of a report or site."""

HEAD_BYTES = 2000
"""Beginning of a page, which names its generator."""


@contextmanager
def replacing_report(out: Path) -> Generator[Path]:
    """Yield an empty folder whose content replaces the report in `out` when the block ends.

    If the block fails, `out` is as it was. A process that is killed leaves the older report, or remains that the next
    call recognises as its own by the temporary folder beside them.

    Args:
        out: folder of the report; created if missing.

    Raises:
        UsageError: it contains something other than a report.
        OSError: it cannot be written.
    """
    _refuse_foreign(out)
    out.mkdir(parents=True, exist_ok=True)
    with partial_folder(out / "report") as made, naming(out, made):
        new, old = made / "new", made / "old"
        new.mkdir()
        with naming(out, new):
            yield new
        old.mkdir()
        _swap(new, old, out)


def _refuse_foreign(out: Path) -> None:
    """Refuse a folder with files of somebody else where those of a report would go."""
    page = out / FRONT_PAGE
    ours = has_partials(out / "report") or (page.is_file() and _is_ours(page))
    if not ours and any((out / name).exists() for name in (FRONT_PAGE, *OWN_FOLDERS)):
        raise UsageError(f"{out} contains files that are not a restorebench report: choose a different --out.")


def _is_ours(page: Path) -> bool:
    with page.open("rb") as file:
        return f'<meta name="generator" content="{GENERATOR} '.encode() in file.read(HEAD_BYTES)


def _swap(new: Path, old: Path, out: Path) -> None:
    """Move the old report out of the way and the new one in, the front page last; on a failure, move all back."""
    with ExitStack() as undo:
        for name in (*OWN_FOLDERS, FRONT_PAGE):
            for source, destination in ((out / name, old / name), (new / name, out / name)):
                if source.exists():
                    replace_file(source, destination)
                    undo.callback(replace_file, destination, source)
        undo.pop_all()
