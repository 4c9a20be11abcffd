"""`restorebench init`: write a suite file and a model file to begin with."""

from __future__ import annotations

from pathlib import Path

from .common_options import with_verbosity
from .output_folders import refuse_file_name

__all__ = ["init"]

SUITE = "suite.toml"
MODEL = "mine.py"

TEMPLATES = Path(__file__).with_name("templates")
"""Folder of the files, as they are written."""


@with_verbosity
def init(folder: Path = Path()) -> None:
    """Write a commented suite file and a model file, which run as they are.

    The suite compares the model with its input on embedded photographs, until real data sets are named.

    For example:
      restorebench init
      restorebench init evaluation

    Args:
        folder: Folder to write suite.toml and mine.py to (default: the working folder). Nothing there is replaced.
    """
    from ..errors import UsageError
    from ..files.atomic import write_atomic
    from ..terminal.display import note, print_lines
    from ..terminal.paths import shown_path, typed_path

    refuse_file_name(folder, "")
    files = [folder / name for name in (SUITE, MODEL)]
    there = [str(file) for file in files if file.exists()]
    if there:
        raise UsageError(
            f"{' and '.join(there)} exist{'s' if len(there) == 1 else ''} already: name another folder, as in "
            "restorebench init evaluation."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        write_atomic(file, (TEMPLATES / file.name).read_text(encoding="utf-8"))
    print_lines(list(map(shown_path, files)))
    note(f"Now: restorebench run {typed_path(files[0])}")
