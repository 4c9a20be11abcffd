from __future__ import annotations

import subprocess
import sys

import pytest
from restorebench.bench.cli import main


def test_a_mistyped_subcommand_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]):
    assert main(["models", "shwo", "prenet"]) == 2
    assert "`restorebench models` has no command 'shwo': did you mean show?" in " ".join(
        capsys.readouterr().err.split()
    )


def test_a_mistyped_command_is_told_with_the_nearest_and_changes_no_help(capsys: pytest.CaptureFixture[str]):
    main(["physics", "--help"])
    before = capsys.readouterr().out

    assert main(["physiks"]) == 2
    assert "Unknown command 'physiks': did you mean physics?" in " ".join(capsys.readouterr().err.split())
    main(["physics", "--help"])
    assert capsys.readouterr().out == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["init", "--out", "x"],
            "`restorebench init` has no option --out: it takes FOLDER (or --folder FOLDER), --quiet",
        ),
        (["init", "--foldr", "x"], "`restorebench init` has no option --foldr: did you mean --folder?"),
        (["table", "--Formt=json", "x"], "`restorebench table` has no option --Formt: did you mean --format?"),
        (["models", "show", "--jsn", "prenet"], "`restorebench models show` has no option --jsn: did you mean --json?"),
        (["run", "--zzz"], "`restorebench run` has no option --zzz: `restorebench run --help` lists its options."),
    ],
)
def test_an_unknown_option_is_told_with_a_close_one_or_with_all_that_are_few(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
):
    assert main(words) == 2
    assert message in " ".join(capsys.readouterr().err.replace("│", "").split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["table"], "`restorebench table` needs RUNS (or --runs RUNS): `restorebench table --help` explains it."),
        (["export", "hf", "x"], "`restorebench export hf` needs --out: `restorebench export hf --help` explains it."),
        (["run", "-m"], "parameter -m requires an argument"),
    ],
)
def test_what_is_missing_is_named_as_it_is_typed(words: list[str], message: str, capsys: pytest.CaptureFixture[str]):
    assert main(words) == 2
    assert message in " ".join(capsys.readouterr().err.replace("│", "").split())


def test_any_other_mistake_is_told_as_cyclopts_tells_it(capsys: pytest.CaptureFixture[str]):
    assert main(["init", "-xyz"]) == 2
    assert "-x is not a recognized option" in capsys.readouterr().err


def test_an_unknown_option_before_a_command_is_told_too():
    # In a process of its own: Cyclopts imports all commands for it, and groups lose their own help in this one.
    code = "from restorebench.bench.cli import main; raise SystemExit(main(['--nonsense']))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 -- our own
    assert made.returncode == 2
    assert "--nonsense" in made.stderr
