"""`restorebench check`: the regression check, for interactive use and CI."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from ..evaluation.completers import complete_metrics, complete_protocols
from .common_options import with_verbosity
from .completers import complete_results

if TYPE_CHECKING:
    from ..verdict.costs import CostLimits
    from ..verdict.verdict import AmbiguousPolicy, Verdict

__all__ = ["CheckOptions", "check"]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class CheckOptions:
    """Criteria of the check."""

    max_drop: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = ()
    """Allowed drop of the mean, as METRIC=AMOUNT or DATASET:METRIC=AMOUNT."""

    protocol: Annotated[
        tuple[str, ...], Parameter(name=["--protocol", "-p"], consume_multiple=True, completer=complete_protocols)
    ] = ()
    """Protocols to check by, as in y@1 or y (default: all of the baseline)."""

    budget: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = ()
    """Absolute limits: params=5e6, gmacs=200 (at 256x256; gmacs@720x1280=3000), psnr>=33 or DATASET:psnr>=33."""

    metric: Annotated[tuple[str, ...], Parameter(consume_multiple=True, completer=complete_metrics)] = ()
    """Metrics to check (default: all with a tolerance)."""

    identical: bool = False
    """Also require restored images with identical pixels, as after a refactoring."""

    intersect: bool = False
    """Check only the images and data sets that both have."""

    other_model: bool = False
    """Allow a baseline of another model."""

    ambiguous: Literal["fail", "pass"] | None = None
    """Outcome to use for an ambiguous check (default: exit code 3)."""

    level: float = 0.95
    """Confidence level of the intervals; a true drop equal to the tolerance fails with probability (1 - level) / 2."""

    seed: int = 0
    """Seed of the resampling."""

    max_memory_growth: float = 0.05
    """Allowed relative growth of peak memory in OUT/cost."""

    ignore_costs: bool = False
    """Do not check the costs in OUT/cost, even if the baseline has them."""

    remeasure: bool = False
    """Time both models now, interleaved on this machine; stored latencies are never compared."""

    max_slowdown: float = 0.05
    """Allowed relative growth of the latency measured by --remeasure."""

    size: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = ("256x256",)
    """Height x width in pixels for --remeasure, as in 720x1280."""

    device: str = "cpu"
    """Device for --remeasure: cpu, cuda or cuda:N."""

    run_code: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = ()
    """Model files that --remeasure may run, as `run -m` takes them: './mine.py:build[width=32]'.

    A file or program that only a run folder or baseline names is never run. The sha256 must be the recorded one.
    """

    config: Path | None = None
    """A pyproject.toml with max-drop, metrics or ambiguous in [tool.restorebench.check].

    By default the nearest one at or above the working folder; command-line options take precedence.
    """


@with_verbosity
def check(
    candidate: Annotated[Path, Parameter(completer=complete_results)],
    *,
    baseline: Annotated[Path | None, Parameter(completer=complete_results)] = None,
    options: CheckOptions | None = None,
    explain: bool = False,
    junit: Path | None = None,
    json: bool = False,
) -> int:
    """Check whether a candidate is worse than a baseline by more than the tolerance: pass, fail or ambiguous.

    A metric fails if the 95 % interval of its mean per-image drop lies above the tolerance, passes if it ends at or
    below it, and is ambiguous if it contains it or comes from fewer than 5 independent groups of images.
    Default tolerances: psnr=0.1 ssim=0.001 lpips=0.002. Counts of multiply-accumulates and parameters in OUT/cost must
    not grow. In GitHub Actions, the verdict is also annotated.

    For example:
      restorebench check restorebench-out/gopro/mine --baseline baselines/gopro.json
      restorebench check new --baseline old --max-drop psnr=0.03 rain100h:psnr=0.2 --junit check.xml
      restorebench check new/gopro/mine --baseline old/gopro/mine --identical --explain
      restorebench check restorebench-out/gopro/mine --budget params=5e6 gmacs=200 'psnr>=33'

    Exit code: 0 for pass, 1 for fail and nothing else, 3 for ambiguous, 2 for a usage error or unusable input, 70 for
    an internal fault.

    Args:
        candidate: A run folder, a folder of runs (matched by data set and model), or a baseline file.
        baseline: The same, or a file written by `restorebench baseline save`. Without one, only --budget is checked.
        options: Criteria of the check.
        explain: Show the arithmetic behind every outcome.
        junit: Write JUnit XML to this file.
        json: Print the verdict as JSON.
    """
    from ..verdict.junit import write_junit

    document = None if junit is None else junit.absolute()  # a model timed by --remeasure may change the directory
    verdict, policy = _ask(candidate, baseline, options or CheckOptions())
    try:
        _show(verdict, policy, explain=explain, json=json)
    finally:  # also if nobody reads standard output; and a file that cannot be written hides no verdict
        if document is not None:
            write_junit(document, verdict, policy)
    return verdict.exit_code(policy)


def _ask(candidate: Path, baseline: Path | None, options: CheckOptions) -> tuple[Verdict, AmbiguousPolicy | None]:
    """Run the check; return the verdict and the policy for an ambiguous one."""
    from ..errors import RestorebenchError, UsageError
    from ..verdict.budget import parse_budget
    from ..verdict.checks import check as ask
    from ..verdict.tolerances import find_pyproject, parse_amounts, read_check_settings
    from ..verdict.verdict import EXIT_CODES, Outcome

    if not 0.5 <= options.level < 1:  # noqa: PLR2004 -- half and certainty
        raise UsageError(f"--level is {options.level}: give a number from 0.5 to below 1, such as 0.95.")
    settings = read_check_settings(options.config or find_pyproject(Path.cwd()))
    try:
        verdict = ask(
            candidate,
            baseline,
            protocols=options.protocol,
            budget=parse_budget(options.budget),
            max_drop={**settings.max_drop, **parse_amounts(options.max_drop)},
            metrics=options.metric or settings.metrics,
            identical=options.identical,
            intersect=options.intersect,
            other_model=options.other_model,
            level=options.level,
            seed=options.seed,
            cost=_limits(options),
        )
    except RestorebenchError as failure:
        if failure.exit_code == EXIT_CODES[Outcome.FAIL]:  # as of a model that cannot be timed: no gate has failed
            raise UsageError(str(failure)) from failure
        raise
    return verdict, options.ambiguous or settings.ambiguous


def _limits(options: CheckOptions) -> CostLimits:
    from ..errors import UsageError
    from ..verdict.costs import CostLimits, Remeasure
    from .profile import parse_size

    if options.run_code and not options.remeasure:
        raise UsageError("--run-code says which files --remeasure may run: add --remeasure, or leave it out.")
    sizes = tuple(parse_size(text) for text in options.size)
    remeasure = Remeasure(sizes, options.device, options.run_code) if options.remeasure else None
    return CostLimits(options.max_memory_growth, options.max_slowdown, remeasure, ignored=options.ignore_costs)


def _show(verdict: Verdict, policy: AmbiguousPolicy | None, *, explain: bool, json: bool) -> None:
    """Print the verdict, and publish it to GitHub Actions."""
    from ..files.codec import encode
    from ..terminal.display import print_json, print_lines
    from ..verdict.annotations import annotation_lines, append_step_summary
    from .verdict_table import show_verdict

    if json:
        raw = encode(verdict)
        print_json({"outcome": verdict.settled(policy).value, **(raw if isinstance(raw, dict) else {})})
    else:
        show_verdict(verdict, policy, explain=explain)
    if os.environ.get("GITHUB_ACTIONS") == "true" and not json:
        print_lines(annotation_lines(verdict, policy))
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        append_step_summary(Path(summary), verdict, policy)
