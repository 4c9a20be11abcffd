"""Sending of finished evaluations: means, every image's values, and the pictures that were kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from ...bench.errors import first_line
from ...bench.files.fingerprints import canonical_sha256
from ...bench.runs.run import Run
from .sent import Sent
from .tracker import TrackedRun, Tracker

__all__ = ["track_runs", "tracked_run"]

STREAM = "images"


def track_runs(runs: Sequence[Run], out: Path, trackers: Sequence[Tracker], say: Callable[[str], None]) -> bool:
    """Send runs to trackers, those that have not been sent before; each protocol of a run folder is one run there.

    Args:
        runs: finished or not; what is there of each is sent.
        out: folder in which `tracked.json` notes what was sent.
        trackers: receive the runs.
        say: receives a sentence on where the runs are, and on every tracker that failed.

    Returns:
        Whether every tracker took everything.

    Raises:
        RunFolderError: `tracked.json` is damaged.
        OSError: it cannot be written.
    """
    sent = Sent(out)
    taken = [_send(runs, tracker, sent, say) for tracker in trackers]  # one that fails does not stop the others
    return all(taken)


def _send(runs: Sequence[Run], tracker: Tracker, sent: Sent, say: Callable[[str], None]) -> bool:
    places: list[str] = []
    for run in runs:
        tracked = tracked_run(run)
        if sent.last(tracker.key, tracked.id, STREAM) >= 0 or not run.records:
            continue
        try:
            places.append(_send_run(run, tracked, tracker))
        except tracker.failures as error:
            say(
                f"{tracker.key} did not take {tracked.name} ({first_line(error)}): the run folder is complete; run the "
                "same command again to send it."
            )
            return False
        sent.note(tracker.key, tracked.id, STREAM, len(run.records) - 1)
    for place in dict.fromkeys(places):
        say(f"Tracked: {place}")
    return True


def _send_run(run: Run, tracked: TrackedRun, tracker: Tracker) -> str:
    tracker.begin(tracked, after=-1)
    for step, record in enumerate(run.records):
        values = {**record.metrics, "seconds": record.seconds}
        known = {name: value for name, value in values.items() if value is not None and math.isfinite(value)}
        if known:
            tracker.log(step, known)
        picture = run.picture_paths(record.key).get("restored")
        if picture is not None:
            tracker.picture(step, f"restored/{record.key}", picture)
    tracker.summarise(_means(run))
    return tracker.end(complete=run.summary.finished and not run.summary.failed)


def tracked_run(run: Run) -> TrackedRun:
    """A run as trackers file it: the same numbers by the same plan have the same id."""
    info, summary = run.info, run.summary
    values = [[record.key, record.status, {**record.metrics}] for record in run.records]
    digest = canonical_sha256({"plan": info.plan_sha256, "protocol": run.protocol, "values": values})
    settings: dict[str, str | int | float] = {
        "model": run.model,
        "dataset": run.dataset,
        "protocol": run.protocol,
        "quantiser": info.protocol.quantiser,
        "variant": info.copy.variant,
        "images": summary.images,
        "selected": summary.selected,
        "failed": summary.failed,
        "weights_sha256": info.weights.sha256,
        "plan_sha256": info.plan_sha256,
        "command": info.command,
        "created": info.created,
        "cpu": info.environment.cpu,
        **{f"package.{name}": version for name, version in info.environment.packages.items()},
    }
    given = {name: value for name, value in settings.items() if value != ""}
    name = f"{run.model} on {run.dataset}, {run.protocol}"
    return TrackedRun(digest[:16], name, "evaluation", "image", given)


def _means(run: Run) -> dict[str, float]:
    """Means with their intervals, and how many images failed or lack a finite value."""
    means: dict[str, float] = {"images": run.summary.images, "failed": run.summary.failed}
    for name, summary in run.summary.metrics.items():
        ends = {f"{name}_mean": summary.mean, f"{name}_low": summary.low, f"{name}_high": summary.high}
        means |= {end: value for end, value in ends.items() if value is not None and math.isfinite(value)}
        if summary.infinite:
            means[f"{name}_infinite"] = summary.infinite
    return means
