"""Parts about the command line: help, exit codes, what is printed in special cases, the files of `init`."""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import re
from collections.abc import Iterator

from restorebench.bench.cli import COMMANDS, interrupted, make_app
from restorebench.bench.cli.init import SUITE, TEMPLATES
from restorebench.bench.cli.verified_copies import verdict
from restorebench.bench.files.codec import decode
from restorebench.bench.terminal.display import error
from restorebench.datasets.copies.verification import Verification
from rich.console import Console

from .markdown import fenced, table
from .places import DATA

HELP_WIDTH = 100


def _commands() -> Iterator[str]:
    for name in COMMANDS:
        yield from _help(name)
        for subcommand in _subcommands(name):
            yield from _help(name, subcommand)


def _subcommands(name: str) -> list[str]:
    app = make_app([name])[name]
    return sorted(each for each in app if not each.startswith("-"))


def _help(*words: str) -> Iterator[str]:
    stream = io.StringIO()
    make_app(words).help_print(list(words), console=Console(file=stream, width=HELP_WIDTH, color_system=None))
    printed = [line.rstrip() for line in stream.getvalue().strip().splitlines()]
    yield from (f"{'#' * (2 + len(words))} restorebench {' '.join(words)}", "", "```", *printed, "```", "")


def _exit_codes() -> Iterator[str]:
    """What the help of each command says about its exit code."""
    rows: list[list[str]] = []
    for name in COMMANDS:
        app = make_app([name])[name]
        parts = {name: app, **{f"{name} {each}": app[each] for each in _subcommands(name)}}
        for words, part in parts.items():
            said = re.search(r"Exit code: (.+?)(?:\n\n|$)", inspect.getdoc(part.default_command) or "", re.DOTALL)
            if said is not None:
                rows.append([f"`{words}`", " ".join(said[1].split())])
    yield from table(("command", "exit code"), iter(rows))


def _interrupted() -> Iterator[str]:
    """What Ctrl-C prints in the middle of a run."""
    with contextlib.redirect_stderr(io.StringIO()) as printed:
        error(interrupted(["run"]))
    yield from fenced(printed.getvalue())


def _verified() -> Iterator[str]:
    """What `restorebench datasets verify` prints of the copy in `docs/data/verified.json`."""
    (document,) = json.loads((DATA / "verified.json").read_text(encoding="utf-8"))
    del document["complete"]
    yield from fenced("\n".join(verdict(decode(Verification, document))))


def _files_of_init() -> Iterator[str]:
    """The suite file that `restorebench init` writes."""
    yield from ("```toml", *(TEMPLATES / SUITE).read_text(encoding="utf-8").splitlines(), "```")


WRITERS = {
    "commands": _commands,
    "exit codes": _exit_codes,
    "interruption": _interrupted,
    "verified Rain100H": _verified,
    "suite of init": _files_of_init,
}
