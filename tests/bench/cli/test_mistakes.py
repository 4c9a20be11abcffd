from __future__ import annotations

import pytest
from restorebench.bench.cli import main


def test_a_mistyped_subcommand_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]):
    assert main(["models", "shwo", "prenet"]) == 2
    assert "`restorebench models` has no command 'shwo': did you mean show?" in " ".join(
        capsys.readouterr().err.split()
    )


def test_any_other_mistake_is_told_as_cyclopts_tells_it(capsys: pytest.CaptureFixture[str]):
    assert main(["models", "--nonsense"]) == 2
    assert "--nonsense" in capsys.readouterr().err
