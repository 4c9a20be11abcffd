"""Text files that list the images of a data set, one a line."""

from __future__ import annotations

from pathlib import Path

from ...bench.errors import DatasetError

__all__ = ["list_lines"]


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
