"""The command line. Each command lives in its own file and is imported only when it is called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version

from cyclopts import App, Parameter

from ..errors import RestorebenchError
from ..tuning import tune_process

__all__ = ["app", "main"]

INTERRUPTED = 130
"""Exit code of a run that Ctrl-C ended, as shells have it."""

COMMANDS = {
    "quickstart": "The embedded demonstration: no download, no GPU.",
    "run": "Evaluate models on data sets; run again to resume.",
    "score": "Score a folder of images that are already restored.",
    "table": "Paper-style tables from run folders.",
    "report": "An HTML report from run folders.",
    "published": "Search the published numbers with protocol, training data and source.",
    "models": "List models, and what their weights need.",
    "datasets": "List data sets; `datasets verify` says exactly what a copy is.",
    "protocols": "List evaluation protocols with formula and source.",
    "fetch": "Download official weights and LPIPS backbones.",
    "doctor": "Say what is installed, what is missing and how to get it.",
}

app = App(
    name="restorebench",
    help="Image-restoration numbers that compare: the paper's own protocol, one record per image.",
    version=lambda: version("restorebench"),
    help_format="plaintext",
    default_parameter=Parameter(negative=(), show_default=False),
)
for _name, _help in COMMANDS.items():
    app.command(f"restorebench.bench.cli.{_name}:{_name}", name=_name, help=_help)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0 if all went well, 1 for failed images or a failed gate, 2 for a usage error, 130 if interrupted.
    """
    tune_process()
    try:
        result = app(list(sys.argv[1:] if arguments is None else arguments), result_action="return_value")
    except RestorebenchError as failure:
        from ..display import error

        error(str(failure))
        return failure.exit_code
    except KeyboardInterrupt:
        from ..display import error

        error("interrupted; everything measured so far is kept, and the same command goes on from there.")
        return INTERRUPTED
    return result if isinstance(result, int) else 0
