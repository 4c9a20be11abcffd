"""What `restorebench` and `restorebench --help` print, without the library of the command line, which loads slowly."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Mapping

from ..terminal.streams import OutputStream

__all__ = ["COMMANDS", "EXIT_CODES", "GROUPS", "overview", "print_overview"]

GROUPS: Mapping[str, Mapping[str, str]] = {
    "Begin": {
        "quickstart": "Run the embedded demonstration: no download, no GPU.",
        "init": "Write a suite file and a model file to begin with.",
        "doctor": "Check the installation, or what a model on a data set needs here.",
        "completion": "Complete commands, options and names in bash, zsh and fish.",
    },
    "Measure": {
        "run": "Evaluate models on data sets; run again to resume.",
        "score": "Score a folder of restored images.",
        "merge": "Merge the shards of a job array, or parts of a run from several machines.",
        "profile": "Measure the cost of models: MACs, latency, memory.",
        "inspect": "Draw which input pixels decide an output pixel of a model.",
    },
    "Show and share": {
        "table": "Make paper-style tables from run folders.",
        "report": "Make an HTML report from run folders.",
        "figure": "Make figures for papers: quality against cost, distributions, strips of crops.",
        "leaderboard": "Make a static leaderboard site from any number of run folders.",
        "export": "Write results for Hugging Face and Every Eval Ever.",
        "submit": "Pack runs for a leaderboard, or check packed ones.",
    },
    "Judge": {
        "compare": "Compare two or more runs statistically, image by image.",
        "explain": "Find the way of measuring that gives a published number.",
        "check": "Check a run for regressions against a baseline: pass, fail or ambiguous.",
        "baseline": "Save a run as one small file for `check`.",
    },
    "Train": {
        "train": "Train a network from a recipe; run again to resume.",
        "physics": "Draw the fields of a physics layer, or measure its benefit.",
    },
    "Look up and fetch": {
        "models": "List models and the availability of their weights.",
        "datasets": "List data sets; show, verify, compare and fetch them.",
        "protocols": "List evaluation protocols with formula and source.",
        "metrics": "List metrics with range, licence and meaning.",
        "published": "Search published results by protocol, training data and source.",
        "fetch": "Download official weights and LPIPS backbones.",
    },
}
"""Commands with their summaries, by what they are for."""

COMMANDS: Mapping[str, str] = {name: summary for group in GROUPS.values() for name, summary in group.items()}

EXIT_CODES = (
    "Exit codes: 0 all went well, or a check passed; 1 failed images or a failed check; 2 wrong usage or unusable "
    "input; 3 an ambiguous check; 70 an internal fault, whose traceback is kept; 130 interrupted by Ctrl-C; 141 nobody "
    "reads standard output; 143 ended by SIGTERM."
)
"""The end of `restorebench --help`."""

HINT = "`restorebench COMMAND --help` shows examples and options; `restorebench --version` the version."

WIDEST = 100
"""Columns of the overview on a wide terminal; longer lines are hard to read."""


def overview(width: int) -> str:
    """The commands by what they are for, with the exit codes.

    Args:
        width: of the lines, in characters.
    """
    return "\n".join(_lines(min(max(width, 40), WIDEST)))


def print_overview() -> None:
    """Print the overview on standard output, as wide as the terminal.

    Raises:
        OutputClosedError: nobody reads standard output.
        OutputError: it cannot be written, as on a full disk.
    """
    stream = OutputStream()
    stream.write(overview(shutil.get_terminal_size().columns) + "\n")
    stream.flush()


def _lines(width: int) -> Iterator[str]:
    yield "Usage: restorebench COMMAND"
    yield ""
    about = "Comparable evaluation of image restoration: each paper's own protocol, one record per image."
    yield from textwrap.wrap(about, width)
    column = max(map(len, COMMANDS)) + 4
    for title, commands in GROUPS.items():
        yield from ("", f"{title}:")
        for name, summary in commands.items():
            yield from textwrap.wrap(
                summary, width, initial_indent=f"  {name}".ljust(column), subsequent_indent=" " * column
            )
    yield ""
    yield from textwrap.wrap(HINT, width)
    yield ""
    yield from textwrap.wrap(EXIT_CODES, width)
