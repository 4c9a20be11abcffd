from __future__ import annotations

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


def test_any_other_mistake_is_told_as_cyclopts_tells_it(capsys: pytest.CaptureFixture[str]):
    assert main(["models", "--nonsense"]) == 2
    assert "--nonsense" in capsys.readouterr().err
