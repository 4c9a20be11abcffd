"""The beginning of a cell on disk: write its `run.json`, or check that the one there is of the same plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ..contracts import DatasetCard, DatasetReport, ModelCard
from ..errors import PlanMismatchError, UsageError
from ..machine.environment import Environment
from ..protocols.joint import AppliedProtocol
from ..runs.plan import Plan, continues, plan_difference
from ..runs.run import Measurement, ProtocolFacts, RunInfo, WeightsFacts
from ..terminal.paths import shown_path

__all__ = ["continued_info", "new_info", "refuse_partial_redo"]


def new_info(
    plan: Plan,
    protocols: Sequence[AppliedProtocol],
    *,
    dataset: DatasetCard,
    copy: DatasetReport,
    model: ModelCard,
    weights: WeightsFacts,
    environment: Environment,
    command: str,
    selected: int,
    shard: tuple[int, int] | None,
) -> RunInfo:
    """The `run.json` of a run that begins.

    Args:
        plan: by the first protocol.
        protocols: that will measure, at least one.
        dataset: as in `RunInfo`, and so are the others.
        copy: of the data set.
        model: the model's card.
        weights: that were loaded.
        environment: of the work.
        command: that repeats the run.
        selected: number of images that were asked for.
        shard: (i, n) of a part.
    """
    info = RunInfo(
        plan=plan,
        plan_sha256=plan.sha256,
        dataset=dataset,
        copy=copy,
        model=model,
        weights=weights,
        protocol=_facts(protocols[0]),
        environment=environment,
        command=command,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        selected=selected,
        shard="" if shard is None else "{}/{}".format(*shard),
    )
    return info.measured_by([Measurement(_facts(each)) for each in protocols])


def continued_info(
    info: RunInfo, plans: Mapping[str, Plan], protocols: Sequence[AppliedProtocol], folder: Path
) -> RunInfo:
    """The `run.json` of a run that goes on, with the protocols that are new to it.

    A run goes on by a protocol that it was measured by, and by the same plan; others may join it then, because they
    measure the same restored images.

    Args:
        info: what is there.
        plans: what is asked for, by protocol.
        protocols: the same protocols.
        folder: of the run.

    Raises:
        PlanMismatchError: the plan is another, or none of the protocols is one of the run's.
    """
    known = [name for name in plans if name in info.protocols]
    for name in known:
        if not continues(info.by(name).plan, plans[name]):
            raise _mismatch(folder, info.by(name).plan, plans[name])
    if not known:
        raise _mismatch(folder, info.plan, next(iter(plans.values())))
    added = [Measurement(_facts(each)) for each in protocols if each.id not in info.protocols]
    return info.measured_by([*info.measurements, *added]) if added else info


def refuse_partial_redo(info: RunInfo, plans: Mapping[str, Plan]) -> None:
    """Refuse to do images again by some of a run's protocols: what the others have measured would be lost.

    Raises:
        UsageError: a protocol of the run was not asked for.
    """
    left_out = [name for name in info.protocols if name not in plans]
    if left_out:
        raise UsageError(
            f"Images that lack a metric are done again by every protocol of the run: add -p {' -p '.join(left_out)}."
        )


def _mismatch(folder: Path, old: Plan, new: Plan) -> PlanMismatchError:
    changes = "; ".join(plan_difference(old, new))
    remedy = "choose another --out, or delete it to start anew"
    if continues(old, replace(new, protocol=old.protocol, quantiser=old.quantiser)) and old.protocol != new.protocol:
        remedy = f"to measure its images by both, name both, as in -p {old.protocol} -p {new.protocol}; or {remedy}"
    if old.listing_sha256 != new.listing_sha256:
        remedy = f"the data set has other files, or files of other sizes, than it had; {remedy}"
    return PlanMismatchError(f"{shown_path(folder)} was started with another plan ({changes}): {remedy}.")


def _facts(applied: AppliedProtocol) -> ProtocolFacts:
    protocol = applied.protocol
    return ProtocolFacts(
        protocol.id,
        protocol.title,
        str(protocol.source),
        protocol.formula,
        protocol.metrics,
        applied.quantiser,
        protocol.metric_facts,
    )
