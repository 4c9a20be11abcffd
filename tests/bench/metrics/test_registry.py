from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from restorebench.bench.errors import UnknownNameError, UsageError
from restorebench.bench.metrics import registry
from restorebench.bench.metrics.catalogue import CATALOGUE, MEASURED, PSNR
from restorebench.bench.metrics.metric import Metric
from restorebench.bench.metrics.registry import METRICS, choose_metrics, known_facts, open_metric, register_metric
from restorebench.bench.registry.registry import Registry

FILE = """
from restorebench.bench import Metric

def mae(restored, target): return float(abs(restored - target).mean())

MAE = Metric(name="mae", title="Mean error", digits=4, higher_is_better=False, compute=mae)
NUMBER = 3
"""

BUILT_IN: Any = min  # has no source to hash, and is never called


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(FILE)
    return path


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(METRICS, "_registered", dict(METRICS._registered))


def test_every_name_of_the_catalogue_is_the_metrics_own():
    assert {name: METRICS.get(name).name for name in CATALOGUE} == {name: name for name in CATALOGUE}


def test_a_file_of_ones_own_needs_no_registration(file: Path):
    metric = open_metric(f"{file}:MAE")
    assert (metric.title, metric.digits, metric.higher_is_better) == ("Mean error", 4, False)
    assert metric.code_sha256 == hashlib.sha256(FILE.encode()).hexdigest()
    assert known_facts("mae").title == "MAE"  # the registered one: the file is not in this process's registry


def test_a_function_has_no_direction_and_the_message_says_what_to_write(file: Path):
    with pytest.raises(UsageError, match="does not say whether higher or lower is better") as caught:
        open_metric(f"{file}:mae")
    line = str(caught.value).partition("write below it ")[2].partition(", with True")[0]
    names: dict[str, Any] = {"Metric": Metric, "mae": max}
    exec(line, names)  # noqa: S102 -- the line that a user is told to write
    assert isinstance(names["MAE"], Metric)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("NUMBER", "is not a metric: it must be a restorebench.bench.Metric"),
        ("NUMBERS", "did you mean NUMBER"),
    ],
)
def test_what_is_no_metric_is_one_sentence(file: Path, name: str, message: str):
    with pytest.raises(UsageError, match=message):
        open_metric(f"{file}:{name}")


def test_an_unknown_name_suggests_one():
    with pytest.raises(UnknownNameError, match="did you mean psnr"):
        open_metric("pnsr")


def test_one_of_published_tables_cannot_be_measured():
    with pytest.raises(UsageError, match="FID is not computed here"):
        open_metric("fid")


def test_two_of_one_name_are_refused(file: Path):
    twin = Metric(name="mae", title="Twin", higher_is_better=True, compute=BUILT_IN)
    with pytest.raises(UsageError, match="Two of the metrics are called 'mae'"):
        choose_metrics([f"{file}:MAE", twin])


def test_a_value_given_in_python_has_the_hash_of_its_function():
    def one(*_: object) -> float:
        return 1.0

    def two(*_: object) -> float:
        return 2.0

    first, second = (open_metric(Metric(name="m", title="M", higher_is_better=True, compute=f)) for f in (one, two))
    assert len(first.code_sha256) == 64
    assert not first.same_measure(second)
    assert open_metric(Metric(name="m", title="M", higher_is_better=True, compute=BUILT_IN)).code_sha256 == ""


def test_one_may_be_registered_in_a_process():
    mine = register_metric(Metric(name="mine", title="Mine", higher_is_better=False, compute=BUILT_IN))
    assert open_metric("mine") is mine
    assert known_facts("mine").arrow == "↓"


def test_a_package_offers_one_by_an_entry_point(monkeypatch: pytest.MonkeyPatch):
    here = [EntryPoint("psnr-again", "restorebench.bench.metrics.catalogue:PSNR", "restorebench.metrics")]
    monkeypatch.setattr(
        "importlib.metadata.entry_points", lambda *, group: here if group == "restorebench.metrics" else []
    )
    fresh: Registry[Metric] = Registry(
        "metric", catalogue=METRICS._catalogue, group=METRICS._group, coerce=registry._coerce
    )
    assert fresh.get("psnr-again") is PSNR


@pytest.mark.parametrize("name", ["lpips-vgg", "lpips_vgg", "LPIPS-squeeze", "dists-x"])
def test_a_variant_has_the_direction_of_its_family_and_a_title_of_its_own(name: str):
    facts = known_facts(name)
    assert not facts.higher_is_better
    assert facts.title == name.upper()
    assert facts.tolerance is None  # its values are on another scale


def test_a_name_that_nobody_knows_is_plain():
    facts = known_facts("musiq")
    assert (facts.title, facts.higher_is_better, facts.tolerance, facts.unit) == ("musiq", True, None, "")


def test_what_was_recorded_wins_over_what_is_registered(file: Path):
    recorded = open_metric(f"{file}:MAE").facts
    assert known_facts("mae", {"mae": recorded}) is recorded
    assert known_facts("psnr", {"mae": recorded}) == PSNR.facts


def test_every_metric_of_published_tables_has_a_direction():
    from restorebench.reports.board.published import load_published

    lower = {"LPIPS", "FID", "DISTS", "NIQE", "MAE", "MSE", "RMSE"}
    printed = {number.metric for number in load_published() if number.dataset}
    assert {name for name in printed if not known_facts(name.lower()).higher_is_better} == printed & lower
    assert {"PSNR", "SSIM", "LPIPS", "FID"} <= printed


def test_protocols_measure_in_the_order_of_the_catalogue():
    assert list(MEASURED) == list(CATALOGUE)[:3] == ["psnr", "ssim", "lpips"]


def test_what_a_file_imports_is_its_code_too(tmp_path: Path):
    path = tmp_path / "scaled.py"
    path.write_text(f"from factors import FACTOR\n{FILE}")
    helper = tmp_path / "factors.py"
    helper.write_text("FACTOR = 1\n")
    one = _in_a_new_process(f"{path}:MAE", tmp_path)
    helper.write_text("FACTOR = 2\n")
    assert one != _in_a_new_process(f"{path}:MAE", tmp_path)


@pytest.mark.parametrize("name", ["measures:MAE", "packaged.measures:MAE"])
def test_a_module_by_name_has_the_hash_of_its_code(name: str, tmp_path: Path):
    path = (tmp_path / name.partition(":")[0].replace(".", "/")).with_suffix(".py")
    path.parent.mkdir(exist_ok=True)
    path.write_text(FILE)
    one = _in_a_new_process(name, tmp_path)
    path.write_text(FILE.replace("abs(restored - target)", "abs(target - restored)"))
    two = _in_a_new_process(name, tmp_path)
    assert len(one) == len(two) == 64
    assert one != two


def _in_a_new_process(metric: str, folder: Path) -> str:
    code = f"from restorebench.bench.metrics.registry import open_metric; print(open_metric({metric!r}).code_sha256)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)  # noqa: S603 -- code of this file
    return done.stdout.strip()
