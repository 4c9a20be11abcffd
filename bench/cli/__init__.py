"""The command line, with one module per command, imported only when the command is used."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import OutputClosedError, RestorebenchError, UnknownNameError
from ..files.faults import describe_os_error
from ..machine.signals import Interrupted, raise_on_termination
from ..machine.tuning import tune_process
from ..terminal.paths import remember_working_folder
from ..terminal.streams import new_console, prepare_streams
from ..terminal.verbosity import Verbosity, set_verbosity, verbosity
from .overview import COMMANDS, EXIT_CODES, print_overview

if TYPE_CHECKING:
    from cyclopts import App

__all__ = ["COMMANDS", "EXIT_CODES", "interrupted", "main", "make_app"]

USAGE = 2
"""Exit code of a usage error."""

COMPLETE = "__complete"
"""First word of what completion scripts of shells call, which cyclopts answers."""

RESUMABLE = ("quickstart", "run", "score")
"""Commands that record image by image."""


def make_app(arguments: Sequence[str], *, whole: bool = False) -> App:
    """Build the command line for the given arguments.

    Only the called command is imported, which provides its own help; the others are listed by their summaries.

    Args:
        arguments: the words of the command line.
        whole: leave every command its own help, for those who import them all.
    """
    from importlib.metadata import version

    from cyclopts import App, Parameter

    from .help_pages import HelpFormatter, shown_default
    from .mistakes import explain

    app = App(
        name="restorebench",
        help="Comparable evaluation of image restoration: each paper's own protocol, one record per image.",
        help_epilogue=None if COMMANDS.keys() & set(arguments[:1]) else EXIT_CODES,  # commands would repeat it
        version=lambda: version("restorebench"),
        help_format="plaintext",
        help_formatter=HelpFormatter(),
        default_parameter=Parameter(negative=(), show_default=shown_default),
        suppress_keyboard_interrupt=False,  # main handles interruptions
        console=new_console(stderr=False),
        error_console=new_console(stderr=True),
        error_formatter=explain,
    )
    for name, summary in COMMANDS.items():
        called = whole or name in arguments[:1] or (arguments[:1] == [COMPLETE] and name in arguments[1:2])
        app.command(f"{__name__}.{name}:{name}", name=name, help=None if called else summary)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0 if all went well, 1 for failed images or a failed gate, 2 for a usage error, unusable input or a disk that
        cannot be read or written, 3 for an ambiguous check, 70 for an internal fault, 130 if interrupted, 141 if nobody
        reads standard output any more, 143 if terminated.
    """
    tune_process()
    prepare_streams()
    set_verbosity(Verbosity())
    remember_working_folder()
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _check_command(words)
        with raise_on_termination():
            return _call(words)
    except OutputClosedError as closed:
        return closed.exit_code
    except RestorebenchError as failure:
        _say(str(failure))
        _explain(failure)
        return failure.exit_code
    except OSError as failure:
        _say(describe_os_error(failure))
        _explain(failure)
        return USAGE
    except KeyboardInterrupt as stopped:
        _say(str(stopped) or interrupted(words))
        return (stopped if isinstance(stopped, Interrupted) else Interrupted()).exit_code
    except Exception as fault:  # noqa: BLE001 -- the one boundary: Python would exit with 1, which means a failed gate
        from .internal_faults import report_fault

        return report_fault(fault)


def _call(words: list[str]) -> int:
    """Run the command that the words name; without any, say which there are."""
    if words in ([], ["--help"], ["-h"]):
        print_overview()
        return 0
    from cyclopts import CycloptsError

    try:
        result = make_app(words)(words, result_action="return_value", exit_on_error=False)
    except CycloptsError:
        return USAGE  # cyclopts has printed the error
    return result if isinstance(result, int) else 0


def _check_command(words: Sequence[str]) -> None:
    """Refuse an unknown command here: cyclopts would import every command to suggest one, and rewrite its help."""
    if words and not words[0].startswith("-") and words[0] not in {*COMMANDS, COMPLETE}:
        raise UnknownNameError("command", words[0], COMMANDS)


def _say(message: str) -> None:
    from ..terminal.display import error  # imports numpy, which --help does not need

    error(message)


def _explain(failure: Exception) -> None:
    """Print the traceback of an error, if it was asked for."""
    if verbosity().verbose:
        from ..terminal.display import print_traceback

        print_traceback("".join(traceback.format_exception(failure)))


def interrupted(words: Sequence[str]) -> str:
    """What an interruption leaves, of a command that says nothing about it itself."""
    if words[:1] and words[0] in RESUMABLE:
        return "interrupted; everything measured so far is kept. Run the same command again to resume."
    return "interrupted; what was complete before is kept. Run the same command again."
