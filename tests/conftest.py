"""What every test shares: where the golden values are, and how many examples property tests draw."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before anything loads an OpenMP runtime: processes that share the cores would otherwise wait for each other's threads.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

FIXTURES = Path(os.environ.get("RESTOREBENCH_FIXTURES", Path(__file__).parents[2] / "shared" / "fixtures"))

# The same examples on every machine and in every run: a failure is the change's, not the draw's. A machine that
# does something else meanwhile makes no test wrong.
settings.register_profile(
    "repeatable",
    max_examples=50,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Recorded networks can be replayed on a GPU: `pytest --device cuda tests/baselines`."""
    parser.addoption("--device", default="cpu", help="torch device on which recorded networks are replayed")


def pytest_sessionfinish() -> None:
    """Save what coverage has noted: pytest-xdist kills a worker that takes more than ten seconds to exit."""
    if (coverage := sys.modules.get("coverage")) and (current := coverage.Coverage.current()):
        current.save()


@pytest.fixture(scope="session", autouse=True)
def _no_caches_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Weights that whoever runs the tests has downloaded make nothing available."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("TORCH_HOME", "RESTOREBENCH_CACHE"):
            patch.setenv(variable, str(tmp_path_factory.mktemp(variable.lower())))
        yield


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of golden values, real images and real weights; the test is skipped where it is absent."""
    if not FIXTURES.is_dir():
        pytest.skip(f"needs the golden values, which are not at {FIXTURES} (set RESTOREBENCH_FIXTURES)")
    return FIXTURES
