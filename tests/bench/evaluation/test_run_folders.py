"""Run folders that two models or data sets of one command would share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from restorebench.bench.cli import main
from restorebench.bench.errors import UsageError
from restorebench.bench.evaluation import run_folders
from restorebench.bench.evaluation.run_folders import refuse_shared_folders, takes_case_for_one
from restorebench.bench.files.images import save_png


def asked(*names: str) -> dict[str, str]:
    return {name: name for name in names}


@pytest.mark.parametrize("names", [("./x/net.py:build", "x/net.py:build"), ("a b", "a-b"), ("aux", "aux_")])
def test_two_names_of_one_folder_are_refused_everywhere(tmp_path: Path, names: tuple[str, str]):
    with pytest.raises(UsageError, match=r"The models .* and .* would have the same run folder"):
        refuse_shared_folders("models", asked(*names), tmp_path)


@pytest.mark.parametrize("names", [("./net.py:Net", "./net.py:net"), ("Café", "CAFÉ")])
def test_names_that_differ_in_case_are_refused_where_they_are_one_folder(
    tmp_path: Path, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
):
    for fold, refused in ((False, False), (True, True)):
        monkeypatch.setattr(run_folders, "takes_case_for_one", lambda _, fold=fold: fold)
        if refused:
            with pytest.raises(UsageError, match="same run folder"):
                refuse_shared_folders("models", asked(*names), tmp_path)
        else:
            refuse_shared_folders("models", asked(*names), tmp_path)


def test_the_file_system_is_asked_and_not_the_name_of_the_system(tmp_path: Path):
    folder = tmp_path / "runs"
    folder.mkdir()
    same = (tmp_path / "RUNS").exists()  # here and now
    assert takes_case_for_one(folder) is same
    assert takes_case_for_one(folder / "not" / "yet") is same
    if not same:
        (tmp_path / "RUNS").symlink_to(folder)  # as if it were
        assert takes_case_for_one(folder / "not" / "yet")


def test_two_copies_of_a_data_set_are_refused_before_anything_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for copy in "AB":
        for side in ("input", "target"):
            save_png(tmp_path / copy / side / "1.png", np.zeros((24, 24, 3), np.uint8))
    roots = [f"-dpaired={tmp_path / copy}" for copy in "AB"]
    assert main(["run", "-m", "identity", *roots, "-p", "rgb", "--out", str(tmp_path / "out")]) == 2
    assert "same run folder paired" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()
    named = [f"-dpaired[title={copy}]={tmp_path / copy}" for copy in "AB"]
    assert main(["run", "-m", "identity", *named, "-p", "rgb", "--out", str(tmp_path / "out")]) == 0
