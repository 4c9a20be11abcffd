"""Text files that list the images of a data set, one a line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...bench.errors import DatasetError

__all__ = ["find_list", "list_lines"]


def list_lines(path: Path) -> list[str]:
    """The lines of a list.

    Raises:
        DatasetError: it cannot be read, or is no text.
    """
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DatasetError(f"The list {path} cannot be read ({error.strerror}): check the path.") from error
    except ValueError as error:
        raise DatasetError(f"The list {path} is no text ({error}): copy it again from the source.") from error


def find_list(base: Path, name: str, folders: Iterable[str] = ("",)) -> Path | None:
    """The first file of a name in a folder or beside it; in an archive also beside that.

    Args:
        base: where a layout begins.
        name: of the file.
        folders: in which to look, relative to `base`, its parent and the next one.
    """
    above = (base, base.parent, base.parent.parent)
    places = (place / folder / name for place in above for folder in folders)
    return next((path for path in places if path.is_file()), None)
