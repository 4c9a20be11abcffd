"""A pytest plugin for those who would rather write a test than a CI step.

    def test_my_model_is_no_worse(assert_no_regression):
        assert_no_regression("out/gopro/mine", "baselines/gopro.json", max_drop={"psnr": 0.05})

Installed with the package; it imports nothing until the fixture is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from ..runs.run import Run
    from .verdict import AmbiguousPolicy, Verdict

__all__ = ["AssertNoRegression", "assert_no_regression"]


class AssertNoRegression(Protocol):
    """What the fixture `assert_no_regression` is."""

    def __call__(
        self,
        candidate: Run | str | Path,
        baseline: Run | str | Path,
        *,
        max_drop: Mapping[str, float] | None = None,
        metrics: Sequence[str] = (),
        identical: bool = False,
        intersect: bool = False,
        ambiguous: AmbiguousPolicy = "fail",
    ) -> Verdict:
        """Fail the test unless the candidate passes the check.

        Args:
            candidate: a run, its folder, a folder of runs, or a baseline file.
            baseline: the same.
            max_drop: metric, or data set and metric as `gopro:psnr`, to the drop that is allowed.
            metrics: gate only these.
            identical: also ask for restored images of the same pixels.
            intersect: check the images and data sets that both have.
            ambiguous: what an undecided check counts as.

        Returns:
            The verdict, for further questions.

        Raises:
            RestorebenchError: the two cannot be compared.
        """
        ...


@pytest.fixture(scope="session")
def assert_no_regression() -> AssertNoRegression:
    """Fails the test unless a candidate passes `restorebench check` against a baseline."""
    return _assert_no_regression


def _assert_no_regression(
    candidate: Run | str | Path,
    baseline: Run | str | Path,
    *,
    max_drop: Mapping[str, float] | None = None,
    metrics: Sequence[str] = (),
    identical: bool = False,
    intersect: bool = False,
    ambiguous: AmbiguousPolicy = "fail",
) -> Verdict:
    from .checks import check

    __tracebackhide__ = True
    verdict = check(candidate, baseline, max_drop=max_drop, metrics=metrics, identical=identical, intersect=intersect)
    if verdict.exit_code(ambiguous):
        told = "\n".join(f"{gate.dataset}: {gate.sentence} ({gate.reason})" for gate in verdict.deciding)
        pytest.fail(f"{verdict.outcome}: {verdict.candidate} against {verdict.baseline}\n{told}", pytrace=False)
    return verdict
