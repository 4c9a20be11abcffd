"""The import of a model's file and the construction of its network: other people's code, run with care."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

from ..errors import RestorebenchError, UsageError
from ..terminal.tracebacks import describe_fault
from .isolation import isolated

__all__ = ["building", "importing"]

_LEFT_BY_IMPORT: dict[str, dict[str, object]] = {}
"""Name of a model to what its file changed in the process when it was imported: a seed, a default dtype."""


@contextlib.contextmanager
def importing(name: str) -> Generator[None]:
    """Import the file or package of a model in the block; what it changed is put back, and known to `building`."""
    with isolated() as changes:
        yield
    if changes.values:
        _LEFT_BY_IMPORT[name] = dict(changes.values)


@contextlib.contextmanager
def building(name: str, *, generators: bool = True) -> Generator[None]:
    """Build a network in the block, as its file would find the process if it did so itself.

    Args:
        name: of the model, as it is registered.
        generators: whether the state of random generators is put back afterwards.

    Raises:
        UsageError: the function that builds the network raised anything, or ended the program.
    """
    try:
        with isolated(_LEFT_BY_IMPORT.get(name), generators=generators):
            yield
    except (KeyboardInterrupt, RestorebenchError):
        raise
    except SystemExit as error:
        raise UsageError(
            f"{name} ended the program while its network was built ({describe_fault(error).sentence}): let the "
            "function return the network or raise an error."
        ) from error
    except BaseException as error:  # a user's function may raise anything
        raise UsageError(f"{name} cannot be built: {describe_fault(error).sentence}.") from error
