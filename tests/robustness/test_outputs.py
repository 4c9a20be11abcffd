"""Every command, with outputs of other encodings, without a reader, and on a full device."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.commands import COMMANDS, Inputs, contents, write_inputs
from restorebench.bench.cli import COMMANDS as ALL
from restorebench.bench.cli import main
from restorebench.bench.terminal import display

ENCODINGS = ("cp1252", "gbk", "ascii", "latin-1")
SUBCOMMANDS = (
    "baseline save",
    "datasets verify",
    "models identify",
    "models show",
    "models test",
    "physics show",
    "physics verdict",
    "protocols show",
)
HELP = [[*name.split(), "--help"] for name in ("", *ALL, *SUBCOMMANDS)]
LISTS = [
    ["--version"],
    ["models"],
    ["models", "show", "nafnet-width32"],
    ["models", "--json"],
    ["datasets"],
    ["datasets", "--json"],
    ["protocols"],
    ["protocols", "show", "gopro"],
    ["published", "--json"],
    ["fetch", "--list"],
    ["nonsense"],
    ["run", "-m", "nonsense"],
]
SLOW = ("physics verdict", "physics show", "train with validation")
NAMES = [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in COMMANDS]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    return write_inputs(tmp_path_factory.mktemp("inputs"))


@pytest.fixture(autouse=True)
def fresh_consoles() -> Iterator[None]:
    display._console.cache_clear()
    yield
    display._console.cache_clear()


class Terminal(io.TextIOWrapper):
    """Says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(
    monkeypatch: pytest.MonkeyPatch, words: list[str], encoding: str, errors: str = "strict", *, tty: bool = False
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command whose streams have an encoding."""
    kind = Terminal if tty else io.TextIOWrapper
    out, err = (kind(io.BytesIO(), encoding=encoding, errors=errors) for _ in range(2))
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", out)
        patched.setattr(sys, "stderr", err)
        code = main(words)
    out.flush()
    err.flush()
    return code, *(stream.buffer.getvalue().decode(encoding) for stream in (out, err))  # pyright: ignore[reportAttributeAccessIssue] -- of BytesIO


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("words", HELP + LISTS, ids=" ".join)
def test_help_and_lists_in_any_encoding(words: list[str], encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = printed(monkeypatch, words, encoding)
    assert code == (2 if "nonsense" in words else 0), err
    assert out or err
    assert "Traceback" not in err


@pytest.mark.parametrize("name", NAMES)
def test_every_command_that_writes_in_any_encoding(
    name: str, inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for encoding in ENCODINGS:
        code, out, err = printed(monkeypatch, COMMANDS[name](inputs, tmp_path / encoding), encoding)
        assert code == (1 if name == "run that fails" else 0), err
        assert out or err


def test_a_locale_whose_errors_python_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = printed(monkeypatch, ["protocols", "show", "gopro"], "ascii", "surrogateescape")
    assert code == 0
    assert "?" in out


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_progress_on_a_terminal(encoding: str, inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = printed(monkeypatch, COMMANDS["run"](inputs, tmp_path), encoding, tty=True)
    assert code == 0
    assert "3/3" in err


def test_json_loses_no_character(inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["table", str(inputs.runs), "--format", "json"]
    assert json.loads(printed(monkeypatch, words, "ascii")[1]) == json.loads(printed(monkeypatch, words, "utf-8")[1])
    escaped = printed(monkeypatch, ["published", "--json"], "ascii")[1]
    assert json.loads(escaped) == json.loads(printed(monkeypatch, ["published", "--json"], "utf-8")[1])


def test_characters_that_are_lost_are_not_lost_in_silence(inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["table", str(inputs.runs)]
    assert "lacks some characters" in printed(monkeypatch, words, "ascii")[2]
    assert "lacks some characters" not in printed(monkeypatch, words, "utf-8")[2]


@pytest.fixture(params=["closed", "full"])
def broken(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """What is wrong with a stream, and its descriptor."""
    if request.param == "closed":
        reader, writer = os.pipe()
        os.close(reader)
    elif Path("/dev/full").exists():
        writer = os.open("/dev/full", os.O_WRONLY)
    else:
        pytest.skip("needs /dev/full")
    yield request.param, writer
    os.close(writer)


def on_broken(monkeypatch: pytest.MonkeyPatch, words: list[str], descriptor: int, *streams: str) -> tuple[int, str]:
    """Exit code and standard error of a command some of whose streams cannot be written."""
    err = io.StringIO()
    copies: list[io.TextIOWrapper] = []
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", err)
        for name in streams:
            # As Python makes it for a pipe: a small buffer, written when it is full and at the end.
            copies.append(io.TextIOWrapper(io.BufferedWriter(io.FileIO(os.dup(descriptor), "w")), encoding="utf-8"))
            patched.setattr(sys, name, copies[-1])
        code = main(words)
    for stream in copies:
        stream.close()  # as Python does when it ends; whatever is left must not fail
    return code, err.getvalue()


@pytest.mark.parametrize("words", HELP + LISTS, ids=" ".join)
def test_help_and_lists_without_a_reader_or_room(
    words: list[str], broken: tuple[str, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = main(words)
    code, err = on_broken(monkeypatch, words, broken[1], "stdout")
    if not capsys.readouterr().out:
        assert code == whole
    elif broken[0] == "closed":
        assert code == 141
        assert "error" not in err
    else:
        assert code == 2
        assert "restorebench: error: Standard output cannot be written (No space left on device)" in err
        assert err.count("restorebench: error") == 1


@pytest.mark.parametrize("name", NAMES)
def test_every_command_that_writes_does_its_work_without_a_reader_or_room(
    name: str, broken: tuple[str, int], inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, out, _ = printed(monkeypatch, COMMANDS[name](inputs, tmp_path / "whole"), "utf-8")
    silent = not out
    code, err = on_broken(monkeypatch, COMMANDS[name](inputs, tmp_path / "out"), broken[1], "stdout")
    assert code == (whole if silent else 141 if broken[0] == "closed" else 2)
    assert err.count("restorebench: error") == (not silent and broken[0] == "full")
    both = on_broken(monkeypatch, COMMANDS[name](inputs, tmp_path / "both"), broken[1], "stdout", "stderr")
    assert both[0] == code
    for folder in ("out", "both"):
        assert contents(tmp_path / folder).keys() == contents(tmp_path / "whole").keys()


PROGRAM = [sys.executable, "-c", "import sys; from restorebench.bench.cli import main; sys.exit(main())"]


@pytest.mark.parametrize(
    ("words", "redirection", "code"),
    [
        ("published", "| true", 141),
        ("published --help", "| true", 141),
        ("published", "2>&1 | true", 141),
        ("published", "> /dev/full", 2),
        ("published", "> /dev/full 2>&1", 2),
        ("nonsense", "2> /dev/full", 2),
        ("protocols", ">&-", 0),
        ("protocols", ">&- 2>&- <&-", 0),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a POSIX shell and /dev/full")
def test_what_a_shell_sees(words: str, redirection: str, code: int) -> None:
    script = f'"$@" {words} {redirection}; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", script, "bash", *PROGRAM], capture_output=True, text=True, check=False)  # noqa: S603, S607 -- our own
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
