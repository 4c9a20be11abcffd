"""Tables of the studies that scripts in `tests/performance` recorded in `docs/data`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from .markdown import table
from .places import DATA


def _few_images() -> Iterator[str]:
    """False alarms by method, as `tests/performance/few_images.py --write` counted them."""
    found = json.loads((DATA / "few_images.json").read_text(encoding="utf-8"))
    methods = list(found["rows"][0]["methods"])
    runs, error = found["runs"], 100 * (0.025 * 0.975 / found["runs"]) ** 0.5
    yield from (f"False alarms in %, nominally 2.5; {runs} simulated runs (standard error {error:.1f}):", "")
    rows = (
        [
            row["differences"],
            str(row["images"]),
            *(f"{100 * row['methods'][name][0]:.1f}" for name in methods),
            f"{row['methods']['used'][2]:.2f}",
        ]
        for row in found["rows"]
    )
    yield from table(("differences", "images", *methods, "width of used over Student's"), rows)


def _coverage() -> Iterator[str]:
    """Coverage by design, as `tests/performance/calibration.py --write` counted it."""
    found = json.loads((DATA / "calibration.json").read_text(encoding="utf-8"))
    methods = list(found["coverage"][0]["held"])
    error = 100 * (0.05 * 0.95 / found["runs"]) ** 0.5
    yield from (f"Intervals that hold the truth in %, {found['runs']} runs (standard error {error:.1f}):", "")
    rows = (
        [row["design"], f"{row['skewness']:g}", *(f"{100 * row['held'][name]:.1f}" for name in methods)]
        for row in found["coverage"]
    )
    yield from table(("design", "skewness of the differences", *methods), rows)


def _answers() -> Iterator[str]:
    """What the gate answers, as `tests/performance/calibration.py --write` counted it."""
    found = json.loads((DATA / "calibration.json").read_text(encoding="utf-8"))
    yield from (f"Fail / ambiguous / pass in %, 100 images on Rain100H's 91 backgrounds, {found['runs']} runs:", "")
    rows = (
        [row["spread"], f"{row['deviation']:.3f}", f"{row['allowed']:g}", *row["shares"]] for row in found["answers"]
    )
    yield from table(("differences of", "sd, dB", "allowed", "no change", "drop as allowed", "twice as much"), rows)


def _uncertainty() -> Iterator[str]:
    """Actual against predicted errors of OPIR-nano, as `tests/performance/uncertainty.py --write` measured them."""
    found = json.loads((DATA / "uncertainty.json").read_text(encoding="utf-8"))
    count = len(next(iter(found.values()))["bins"])
    rows = (
        [
            f"{index + 1} of {count}",
            *(f"{each['bins'][index][side]:.3f}" for each in found.values() for side in ("predicted", "actual")),
        ]
        for index in range(count)
    )
    head = (f"{task}, {side}" for task in found for side in ("predicted", "actual"))
    yield from table(("tenth of the pixels", *head), rows)
    said = (f"{task} {each['ratio']:.2f} ({each['error']:.2f})" for task, each in found.items())
    yield from ("", f"Actual over predicted error, and in brackets the calibration error: {', '.join(said)}.")


WRITERS = {
    "few images": _few_images,
    "coverage": _coverage,
    "answers": _answers,
    "uncertainty": _uncertainty,
}
