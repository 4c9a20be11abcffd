"""The page on exit codes says what the program does."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.commands import COMMANDS, Inputs, write_inputs
from restorebench.bench import cli
from restorebench.bench.cli import EXIT_CODES, USAGE, main
from restorebench.bench.cli.internal_faults import INTERNAL_FAULT
from restorebench.bench.errors import OutputClosedError, RestorebenchError
from restorebench.bench.machine.signals import Interrupted
from restorebench.bench.verdict.verdict import EXIT_CODES as OUTCOMES

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "exit-codes.md"


def errors(kind: type[RestorebenchError] = RestorebenchError) -> Iterator[type[RestorebenchError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from errors(each)


def codes() -> set[int]:
    """Every code in the source."""
    ended = {Interrupted(number=number).exit_code for number in (signal.SIGINT, signal.SIGTERM)}
    return {USAGE, INTERNAL_FAULT, *ended, *OUTCOMES.values(), *(each.exit_code for each in errors())}


def test_the_page_has_every_code_and_no_other() -> None:
    rows = re.findall(r"^\| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(row) for row in rows] == sorted(codes())


def test_the_end_of_the_help_has_every_code() -> None:
    assert {int(code) for code in re.findall(r"\b(\d+) ", EXIT_CODES)} == codes()


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    return write_inputs(tmp_path_factory.mktemp("inputs"))


def test_0_1_2_and_3(inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert main(["protocols"]) == 0
    assert main(COMMANDS["run that fails"](inputs, tmp_path)) == 1
    assert main(["table", str(tmp_path / "nothing")]) == 2
    assert main(["no-such-command"]) == 2
    assert main(["table", "--no-such-option"]) == 2
    cell = str(inputs.runs / "rain100h" / "prenet")
    assert main(["check", cell, "--baseline", cell]) == 0
    other = str(inputs.runs / "rain100h" / "dmphn")
    few = ["check", cell, "--baseline", other, "--other-model", "--max-drop", "psnr=1e-9"]
    assert main(few) == 3  # four images decide nothing
    assert main([*few, "--ambiguous", "fail"]) == 1
    assert main([*few, "--ambiguous", "pass"]) == 0


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (ValueError("a bug"), 70),
        (KeyboardInterrupt(), 130),
        (Interrupted(number=signal.SIGTERM), 143),
        (OutputClosedError("gone"), 141),
        (OSError(28, "No space left on device"), 2),
    ],
)
def test_what_ends_a_command(raised: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> object:
        raise raised

    monkeypatch.setattr(cli, "make_app", fails)
    assert main(["protocols"]) == code


@pytest.mark.skipif(os.name == "nt", reason="a pipe of Windows")
def test_141_when_nobody_reads() -> None:
    program = "import sys; from restorebench.bench.cli import main; sys.exit(main(['protocols', '--json']))"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603 -- our own program
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait() == 141
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == b""
