"""The command of `tests/performance/speed.py`."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import warnings
from collections.abc import Collection, Iterator
from pathlib import Path

import torch
from restorebench.bench.machine.environment import current_environment
from restorebench.bench.terminal.display import new_table, note, print_table

from . import counting, decoding, evaluating, scores, timing
from .contest import Contest, Row, hold, version
from .gate import Findings, compare
from .page import Measured, filled, load, save

DOCS = Path(__file__).parents[3] / "docs" / "explanation"
PAGE, FILE = DOCS / "speed.md", DOCS / "speed.json"
ROOMS = (scores.ROOM, evaluating.ROOM, counting.ROOM, timing.ROOM, decoding.ROOM)
QUICK = 0.2
TOLERANCE = 0.25
PACKAGES = ("torch", "numpy", "pillow", "scikit-image", "scipy", "lpips", "torchmetrics", "piq", "pyiqa", "fvcore")
PACKAGES += ("ptflops", "calflops", "thop", "optimum-benchmark", "opencv-python-headless", "imagecodecs", "pyvips")
PACKAGES += ("torchvision", "pyspng-seunglab", "simplejpeg")


def measure(rooms: Collection[str], scale: float, tasks: Collection[tuple[str, str]] | None = None) -> Iterator[Row]:
    """Every row of some rooms, and of nothing but some (room, task) where they are given."""
    for contest in contests(rooms, scale):
        if tasks is None or (contest.room, contest.task) in tasks:
            yield from shown(hold(contest, scale))
    if timing.ROOM in rooms and (tasks is None or any(room == timing.ROOM for room, _ in tasks)):
        yield from shown(timing.rows(scale))


def contests(rooms: Collection[str], scale: float) -> Iterator[Contest]:
    """In the order of the page; each is made when the one before it is over."""
    if scores.ROOM in rooms:
        yield from scores.contests()
    if evaluating.ROOM in rooms:
        yield from evaluating.contests(scale)
    if counting.ROOM in rooms:
        yield from counting.contests()
    if decoding.ROOM in rooms:
        yield from decoding.contests()


def shown(rows: Iterator[Row]) -> Iterator[Row]:
    """Say each row when it is known: a run takes minutes."""
    for row in rows:
        note(f"{row.name}: {row.note if row.ratio is None else f'{row.ratio.median:.2f} times our time'}")
        yield row


def surroundings() -> dict[str, str]:
    """The machine, in words that do not tell whose it is."""
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return {
        "machine": f"{current_environment().cpu}, {cores} cores, {platform.system()}, load {load:.1f} at the start",
        "Python": platform.python_version(),
    }


def print_rows(rows: Collection[Row]) -> None:
    """To the terminal."""
    table = new_table(
        "What", "ours, ms", "theirs, ms", "theirs / ours", right=["ours, ms", "theirs, ms", "theirs / ours"]
    )
    for row in rows:
        if row.ratio is None or row.ours_ms is None or row.rival_ms is None:
            table.add_row(row.name, "", "", row.note)
        else:
            table.add_row(row.name, f"{row.ours_ms:.1f}", f"{row.rival_ms:.1f}", f"{row.ratio.median:.2f}")
    print_table(table)


def check(rooms: Collection[str], scale: float, tolerance: float) -> int:
    """Measure, and again what is beyond the tolerance: noise passes, and a slower program does not."""
    before = load(FILE)
    note(f"Compared with {FILE.name} of {before.date}, {before.machine['machine']}.")
    committed = [row for row in before.rows if row.room in rooms]
    found = compare(committed, list(measure(rooms, scale)), tolerance)
    if found.tasks:
        note("Measuring again what was beyond the tolerance.")
        again = list(measure(rooms, scale, found.tasks))
        suspects = [row for row in committed if (row.room, row.task) in found.tasks]
        second = compare(suspects, again, tolerance)
        found = Findings(second.worse, second.tasks, found.missing, found.compared)
    for name in found.missing:
        note(f"{name}: not measured here, so not compared.")
    for sentence in found.worse:
        note(sentence)
    if not found.compared:
        note(f"Nothing could be compared with {FILE.name}: install the rivals, `pip install '.[benchmark]'`.")
        return 2
    note(f"{found.compared} ratios compared, {len(found.worse)} beyond {tolerance:.0%}.")
    return int(bool(found.worse))


def main(description: str) -> int:
    """Measure and write, or compare."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a fifth of the time; writes nothing")
    parser.add_argument(
        "--check", action="store_true", help="compare with the committed ratios instead of writing them"
    )
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="of --check; %(default)s by default")
    parser.add_argument("--only", nargs="+", choices=ROOMS, default=list(ROOMS), help="rooms; the page is not written")
    parser.add_argument("--draw", action="store_true", help="write the page from the file, without measuring")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # of the rivals
    scale = QUICK if options.quick else 1.0
    if options.draw:
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), load(FILE)), encoding="utf-8")
        return 0
    if options.check:
        return check(options.only, scale, options.tolerance)
    date, machine = dt.datetime.now(dt.UTC).date().isoformat(), surroundings()
    rows = tuple(measure(options.only, scale))
    print_rows(rows)
    if options.quick or set(options.only) != set(ROOMS):
        return 0
    versions = {name: version(name) for name in PACKAGES}
    save(Measured(date, machine, versions, rows, decoding.pictures()), FILE)
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), load(FILE)), encoding="utf-8")
    note(f"Written: {PAGE}")
    return 0
