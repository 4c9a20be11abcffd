"""`-q` and `-v`, which every command has, with one meaning."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, ParamSpec, TypeVar, cast, get_type_hints

from cyclopts import Parameter

from ..terminal.verbosity import Verbosity, set_verbosity

__all__ = ["with_verbosity"]

P = ParamSpec("P")
R = TypeVar("R")

OPTIONS = {
    "quiet": Annotated[
        bool,
        Parameter(name=["--quiet", "-q"], help="Show only results and errors: no progress, no notes, no hints."),
    ],
    "verbose": Annotated[
        bool, Parameter(name=["--verbose", "-v"], help="Show the traceback behind each kind of failure.")
    ],
}


def with_verbosity(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--quiet` and `--verbose` to a command, which chooses by `set_verbosity` before it runs.

    Raises:
        UsageError: when the command is called with both.
    """

    @functools.wraps(command)
    def with_options(*args: P.args, **kwargs: P.kwargs) -> R:
        chosen = {name: bool(kwargs.pop(name, False)) for name in OPTIONS}
        set_verbosity(Verbosity(**chosen))
        return command(*args, **kwargs)

    own, hints = inspect.signature(command), get_type_hints(command, include_extras=True)
    parameters = [each.replace(annotation=hints.get(name, each.annotation)) for name, each in own.parameters.items()]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=option)
        for name, option in OPTIONS.items()
    ]
    shown = cast("Any", with_options)
    shown.__signature__ = own.replace(parameters=[*parameters, *added])
    shown.__annotations__ = {**hints, **OPTIONS}
    del shown.__wrapped__  # its signature lacks the two
    return with_options
