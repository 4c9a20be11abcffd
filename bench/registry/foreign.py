"""Import of other people's files: whatever they do meanwhile becomes one sentence."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Generator

from ..errors import RestorebenchError, UsageError
from ..terminal.tracebacks import describe_fault

__all__ = ["foreign_import"]


@contextlib.contextmanager
def foreign_import(path: str) -> Generator[None]:
    """Import a file in the block; it sees its own name as the only command-line argument.

    Raises:
        UsageError: it raised anything, or ended the program, as a script without a main guard does.
    """
    arguments, stderr = sys.argv, sys.stderr
    said = io.StringIO()
    sys.argv, sys.stderr = [path], said
    ended = False
    try:
        yield
    except (KeyboardInterrupt, RestorebenchError):
        raise
    except SystemExit as error:
        ended = True
        raise UsageError(_ended(path, error, said.getvalue())) from error
    except SyntaxError as error:  # its message says where
        raise UsageError(f"{path} cannot be imported: {error}.") from error
    except ImportError as error:
        raise UsageError(f"{path} cannot be imported: {_missing(path, error)}.") from error
    except BaseException as error:  # a file may raise anything when it is imported
        raise UsageError(f"{path} cannot be imported: {describe_fault(error).sentence}.") from error
    finally:
        sys.argv, sys.stderr = arguments, stderr
        if not ended and said.getvalue():  # what argparse said of this command line is in the message
            stderr.write(said.getvalue())


def _missing(path: str, error: ImportError) -> str:
    place = describe_fault(error).place
    where = "" if place is None else f" ({place})"
    if isinstance(error, ModuleNotFoundError) and path.endswith(".py"):
        return f"{error}{where}; files beside it are found, others must be installed or on PYTHONPATH"
    return f"{error}{where}"


def _ended(path: str, error: SystemExit, said: str) -> str:
    place = describe_fault(error).place
    # argparse says `usage: ...` and then `net.py: error: ...`
    complaint = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), str(error.code))
    where = "" if place is None else f" at {place}"
    return (
        f"{path} ended the program while it was imported{where} ({complaint}): put what it does as a script under `if "
        '__name__ == "__main__":`.'
    )
