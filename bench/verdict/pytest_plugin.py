"""A pytest plugin that runs the regression check inside a test.

    def test_my_model_is_no_worse(assert_no_regression):
        assert_no_regression("out/gopro/mine", "baselines/gopro.json", max_drop={"psnr": 0.05})

It is installed with the package and imports nothing until the fixture is used.
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
    """Type of the fixture `assert_no_regression`."""

    def __call__(
        self,
        candidate: Run | str | Path,
        baseline: Run | str | Path,
        *,
        protocols: Sequence[str] = (),
        max_drop: Mapping[str, float] | None = None,
        metrics: Sequence[str] = (),
        identical: bool = False,
        intersect: bool = False,
        other_model: bool = False,
        ambiguous: AmbiguousPolicy = "fail",
    ) -> Verdict:
        """Fail the test unless the candidate passes the check.

        Args:
            candidate: a run, its folder, a folder of runs, or a baseline file.
            baseline: the same.
            protocols: check only by these, `y@1` or `y`; by default by all of the baseline.
            max_drop: metric, or data set and metric as `gopro:psnr`, to the allowed drop.
            metrics: metrics to check; by default all with a tolerance.
            identical: also require restored images with identical pixels.
            intersect: check only the images and data sets that both have.
            other_model: allow a baseline of another model.
            ambiguous: outcome to use for an ambiguous check.

        Returns:
            The verdict, for further assertions.

        Raises:
            RestorebenchError: the two cannot be compared.
        """
        ...


@pytest.fixture(scope="session")
def assert_no_regression() -> AssertNoRegression:
    """Fail the test unless a candidate passes `restorebench check` against a baseline."""
    return _assert_no_regression


def _assert_no_regression(
    candidate: Run | str | Path,
    baseline: Run | str | Path,
    *,
    protocols: Sequence[str] = (),
    max_drop: Mapping[str, float] | None = None,
    metrics: Sequence[str] = (),
    identical: bool = False,
    intersect: bool = False,
    other_model: bool = False,
    ambiguous: AmbiguousPolicy = "fail",
) -> Verdict:
    from .checks import check

    __tracebackhide__ = True
    verdict = check(
        candidate,
        baseline,
        protocols=protocols,
        max_drop=max_drop,
        metrics=metrics,
        identical=identical,
        intersect=intersect,
        other_model=other_model,
    )
    if verdict.exit_code(ambiguous):
        details = "\n".join(f"{verdict.place(gate)}: {gate.sentence} ({gate.reason})" for gate in verdict.deciding)
        pytest.fail(f"{verdict.outcome}: {verdict.candidate} against {verdict.baseline}\n{details}", pytrace=False)
    return verdict
