from __future__ import annotations

from pathlib import Path

import pytest
from restorebench.bench.cli import main
from restorebench.bench.errors import UsageError
from restorebench.bench.runs.measured_dataset import dataset_roots, reopen_dataset
from restorebench.bench.runs.run import Run, find_runs


@pytest.fixture
def run(tmp_path: Path) -> Run:
    assert main(["run", "-m", "identity", "-d", "quickstart-haze", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    return find_runs(tmp_path / "out")[0]


def test_data_that_are_embedded_need_no_folder(run: Run) -> None:
    dataset = reopen_dataset(run, {})
    assert dataset.report.listing_sha256 == run.info.copy.listing_sha256
    assert [pair.key for pair in dataset] == [record.key for record in run.records]


def test_a_folder_for_embedded_data_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is embedded and takes no folder"):
        reopen_dataset(run, dataset_roots([f"quickstart-haze={tmp_path}"]))


@pytest.mark.parametrize(
    ("given", "message"), [("gopro", "write -d 'gopro=ROOT'"), ("quickstart-blurr", "did you mean quickstart-blur")]
)
def test_only_an_embedded_data_set_may_lack_its_folder(given: str, message: str) -> None:
    assert dataset_roots(["quickstart-noise[sigma=50]"]).keys() == {"quickstart-noise[sigma=50]"}
    with pytest.raises(UsageError, match=message):
        dataset_roots([given])
