"""NO_COLOR and FORCE_COLOR, on a real terminal and in a pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from restorebench.bench.terminal.streams import new_console

DATA = Path(__file__).parents[3] / "docs" / "data" / "rain100h"
PROGRAM = "import sys; from restorebench.bench.cli import main; sys.exit(main())"
STYLED = {
    "a table": ("table", str(DATA), "--published", "all"),
    "an error": ("table", "/there is no such folder"),
    "a usage error": ("table",),
    "a hint": ("protocols",),
    "help": ("table", "--help"),
}


def printed(words: tuple[str, ...], tmp_path: Path, *, terminal: bool, **variables: str) -> str:
    """What a command prints on both streams, on a terminal of its own or in pipes."""
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR", "TERM"}}
    environment = {**kept, "COLUMNS": "200", **variables}
    command = [sys.executable, "-c", PROGRAM, *words]
    if not terminal:
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 -- our own program
        return done.stdout + done.stderr
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=theirs, stderr=theirs)  # noqa: S603 -- our own program
    os.close(theirs)
    text = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not more:
            break
        text += more
    process.wait()
    os.close(ours)
    return text.decode()


@pytest.mark.parametrize(("variables", "system"), [({}, "auto"), ({"NO_COLOR": "1"}, None), ({"NO_COLOR": ""}, "auto")])
def test_a_console_without_colours_has_no_styles_either(
    variables: dict[str, str], system: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"TERM": "xterm-256color", "TTY_COMPATIBLE": "1"} | variables).items():
        monkeypatch.setenv(name, value)
    console = new_console(stderr=False)
    console.print("bold", style="bold red")
    assert ("\x1b[1" in capsys.readouterr().out) == (system == "auto")


@pytest.mark.slow
@pytest.mark.parametrize("name", STYLED)
def test_no_color_takes_away_every_style_on_a_terminal(name: str, tmp_path: Path) -> None:
    assert "\x1b[" in printed(STYLED[name], tmp_path, terminal=True, TERM="xterm-256color")
    assert "\x1b[" not in printed(STYLED[name], tmp_path, terminal=True, TERM="xterm-256color", NO_COLOR="1")


@pytest.mark.slow
def test_no_color_wins_over_force_color(tmp_path: Path) -> None:
    assert "\x1b[" not in printed(
        STYLED["a table"], tmp_path, terminal=True, TERM="xterm", NO_COLOR="1", FORCE_COLOR="1"
    )
    assert "\x1b[" not in printed(STYLED["a table"], tmp_path, terminal=False, NO_COLOR="1", FORCE_COLOR="1")


@pytest.mark.slow
def test_an_empty_no_color_changes_nothing(tmp_path: Path) -> None:
    assert "\x1b[" in printed(STYLED["a table"], tmp_path, terminal=True, TERM="xterm", NO_COLOR="")


@pytest.mark.slow
@pytest.mark.parametrize("term", [{}, {"TERM": "dumb"}, {"TERM": "xterm"}])
def test_force_color_styles_a_pipe(term: dict[str, str], tmp_path: Path) -> None:
    assert "\x1b[" not in printed(STYLED["a table"], tmp_path, terminal=False, **term)
    forced = printed(STYLED["a table"], tmp_path, terminal=False, FORCE_COLOR="1", **term)
    assert "\x1b[1m" in forced
    assert "29.46" in forced


def test_json_has_no_styles_whatever_is_forced(tmp_path: Path) -> None:
    assert "\x1b" not in printed(("table", str(DATA), "--format", "json"), tmp_path, terminal=False, FORCE_COLOR="1")
