"""The command line. Each command lives in its own file and is imported only when it is called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version

from cyclopts import App, CycloptsError, Parameter

from ..errors import RestorebenchError
from ..machine.tuning import tune_process

__all__ = ["COMMANDS", "main", "make_app"]

USAGE = 2
"""Exit code of a command that was called wrongly."""

INTERRUPTED = 130
"""Exit code of a run that Ctrl-C ended, as shells have it."""

COMMANDS = {
    "quickstart": "The embedded demonstration: no download, no GPU.",
    "run": "Evaluate models on data sets; run again to resume.",
    "score": "Score a folder of images that are already restored.",
    "merge": "Join the shards of a job array, or parts of a run from several machines.",
    "train": "Train a network by a recipe; run again to resume.",
    "physics": "Draw what a physics layer learned; measure what it buys.",
    "profile": "What models cost: MACs, latency, memory.",
    "table": "Paper-style tables from run folders.",
    "report": "An HTML report from run folders.",
    "compare": "What two or more runs prove about each other, image by image.",
    "figure": "Figures for papers: quality against cost, distributions, strips of crops.",
    "leaderboard": "A static site from any number of run folders.",
    "submit": "Pack a run for a leaderboard, or check what somebody packed.",
    "check": "The regression gate: pass, fail or ambiguous against a baseline.",
    "baseline": "Keep a run as one small file for `check`.",
    "published": "Search the published numbers with protocol, training data and source.",
    "models": "List models, and what their weights need.",
    "datasets": "List data sets; `datasets verify` says exactly what a copy is.",
    "protocols": "List evaluation protocols with formula and source.",
    "fetch": "Download official weights and LPIPS backbones.",
    "doctor": "Say what is installed, what is missing and how to get it.",
}


def make_app(arguments: Sequence[str]) -> App:
    """The command line for these arguments.

    Only the command that is called is imported, and then its own documentation is its help; the others are
    known by their one line.
    """
    app = App(
        name="restorebench",
        help="Image-restoration numbers that compare: the paper's own protocol, one record per image.",
        version=lambda: version("restorebench"),
        help_format="plaintext",
        default_parameter=Parameter(negative=(), show_default=False),
        suppress_keyboard_interrupt=False,  # main says what an interruption keeps
    )
    for name, summary in COMMANDS.items():
        called = name in arguments[:1]
        app.command(f"{__name__}.{name}:{name}", name=name, help=None if called else summary)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0 if all went well, 1 for failed images or a failed gate, 2 for a usage error, 130 if interrupted.
    """
    tune_process()
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = make_app(words)(words, result_action="return_value", exit_on_error=False)
    except CycloptsError:
        return USAGE  # cyclopts has said what is wrong
    except RestorebenchError as failure:
        from ..terminal.display import error

        error(str(failure))
        return failure.exit_code
    except KeyboardInterrupt:
        from ..terminal.display import error

        error("interrupted; everything measured so far is kept, and the same command goes on from there.")
        return INTERRUPTED
    return result if isinstance(result, int) else 0
