"""Output folders whose name looks like that of a file."""

from __future__ import annotations

from pathlib import Path

from ..errors import UsageError
from ..terminal.paths import typed_path

__all__ = ["refuse_file_name"]

TEXTS = {".csv", ".htm", ".html", ".json", ".jsonl", ".md", ".pdf", ".tex", ".toml", ".txt", ".yaml", ".yml"}
FILES = TEXTS | {".gif", ".gz", ".jpeg", ".jpg", ".png", ".svg", ".tar", ".tgz", ".zip"}


def refuse_file_name(folder: Path | None, option: str = "--out") -> None:
    """Refuse `page.html` as the name of a new folder: whoever types it expects a file, and would look for it.

    Args:
        folder: as it was given; `None` if it was not.
        option: that gave it; `""` for an argument.

    Raises:
        UsageError: it ends like a file, and no folder of this name is there.
    """
    if folder is None or folder.suffix.lower() not in FILES or folder.is_dir():
        return
    given, better = (f"{option} {typed_path(path)}".strip() for path in (folder, folder.with_suffix("")))
    raise UsageError(f"{given} would be a folder with the name of a file: name a folder, such as {better}.")
