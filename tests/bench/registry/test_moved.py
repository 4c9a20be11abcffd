from __future__ import annotations

import importlib
import subprocess
import sys
import warnings
from collections.abc import Iterator

import pytest
from restorebench import bench

# Where docs/reference/python.md of 0.1.0 said that each public name was defined.
OLD_HOMES = """
Checkpoint         contracts
Comparison         comparison
Control            cell
Cost               profiling.cost
DatasetCard        contracts
DatasetReport      contracts
ImagePair          contracts
InferenceSettings  plan
ModelCard          contracts
PairedDataset      contracts
Protocol           protocols
PublishedResult    contracts
RestorebenchError  errors
Restorer           inference
Run                runs
ScoreRecord        records
SizeRequirements   contracts
Verdict            verdict
check              verdict.checks
compare            comparison
evaluate           api
find_runs          runs
get_protocol       protocols
load_model         models
load_run           runs
open_dataset       opening
profile            profiling.profiler
register_dataset   opening
register_model     models
register_protocol  protocols
score_images       api
"""
STILL_THERE = {
    "comparison", "contracts", "errors", "metrics.ssim", "models", "profiling.cost", "profiling.profiler",
    "protocols", "runs", "verdict", "verdict.checks",
}  # fmt: skip


def rows(table: str) -> list[tuple[str, str]]:
    return [(name, module) for name, module in (line.split() for line in table.strip().splitlines())]


MOVED = sorted({module for _, module in rows(OLD_HOMES)} - STILL_THERE)


@pytest.fixture
def _not_imported_yet() -> Iterator[None]:
    """Old modules are imported anew in each test, and forgotten after it."""
    old = [f"restorebench.bench.{module}" for module in (*MOVED, "profiling.operators")]
    for name in old:
        sys.modules.pop(name, None)
    yield
    for name in old:
        sys.modules.pop(name, None)


def test_the_table_has_every_public_name_of_the_first_release() -> None:
    assert {name for name, _ in rows(OLD_HOMES)} <= set(bench.__all__)


@pytest.mark.usefixtures("_not_imported_yet")
@pytest.mark.parametrize(("name", "module"), rows(OLD_HOMES))
def test_an_old_path_gives_the_same_object(name: str, module: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old = importlib.import_module(f"restorebench.bench.{module}")
    assert getattr(old, name) is getattr(bench, name)


@pytest.mark.usefixtures("_not_imported_yet")
def test_the_operator_table_of_the_page_on_macs_has_moved() -> None:
    new = importlib.import_module("restorebench.bench.profiling.macs.operators")
    with pytest.warns(
        DeprecationWarning, match=r"bench\.profiling\.macs\.operators; the old name will be removed in version 0\.3"
    ):
        old = importlib.import_module("restorebench.bench.profiling.operators")
    assert old.register_operator is new.register_operator


@pytest.mark.usefixtures("_not_imported_yet")
@pytest.mark.parametrize("module", MOVED)
def test_an_old_path_warns_once_and_names_the_new_one(module: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            importlib.import_module(f"restorebench.bench.{module}")
    [warning] = [each for each in caught if each.category is DeprecationWarning]
    words = str(warning.message).split()
    assert words[0] == f"restorebench.bench.{module}"
    assert importlib.import_module(words[4].rstrip(";")).__name__ == words[4].rstrip(";")


@pytest.mark.parametrize("module", sorted(STILL_THERE))
def test_a_path_that_stayed_does_not_warn(module: str) -> None:
    code = f"import restorebench.bench.{module}"
    subprocess.run([sys.executable, "-W", "error::DeprecationWarning:restorebench", "-c", code], check=True)  # noqa: S603 -- our own


def test_a_path_that_never_was_is_an_import_error() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"restorebench\.bench\.opener"):
        importlib.import_module("restorebench.bench.opener")
