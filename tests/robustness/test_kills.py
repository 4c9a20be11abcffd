"""kill -9 at any step of the writing of any command; then the same command ends as if nothing had happened.

RESTOREBENCH_FUZZ_SECONDS=600 kills for ten minutes, and RESTOREBENCH_FUZZ_SEED=1 in other places.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.commands import COMMANDS, Inputs, write_inputs
from helpers.file_server import SHA256, serving
from helpers.kills import outcome, perform

SECONDS = float(os.environ.get("RESTOREBENCH_FUZZ_SECONDS", "0"))
SEED = int(os.environ.get("RESTOREBENCH_FUZZ_SEED", "0"))
KILLS = 2
"""Of each command, in the ordinary run."""

LONGEST = 0.03
"""Seconds for which a command may write on after the step that was drawn."""

NAMES = ("run", "score", "train", "report", "leaderboard", "submit", "merge", "baseline", "table", "figure", "fetch")
SLOW = ("run", "score", "train", "figure")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    return write_inputs(tmp_path_factory.mktemp("inputs"))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as url:
        yield url


def words_of(name: str, inputs: Inputs, out: Path, address: str) -> list[str]:
    return ["fetch", address, str(out / "weights.pth"), SHA256] if name == "fetch" else COMMANDS[name](inputs, out)


def draws(name: str, changes: int) -> Iterator[tuple[int, float]]:
    """Where to kill next: at which change, and how long after it."""
    rng, until, done = random.Random(f"{name} {SEED}"), time.monotonic() + SECONDS / len(NAMES), 0  # noqa: S311 -- no secret
    while done < KILLS or time.monotonic() < until:
        done += 1
        yield rng.randint(1, changes), 0.0 if done == 1 else rng.choice((0.0, rng.uniform(0, LONGEST)))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW or SECONDS else name for name in NAMES]
)
def test_a_killed_command_can_be_repeated(name: str, inputs: Inputs, address: str, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    code, changes = perform(words_of(name, inputs, whole, address), whole)
    assert (code, changes > 0) == (0, True)
    expected, killed, tried = outcome(whole), 0, 0
    for tried, (change, after) in enumerate(draws(name, changes), start=1):
        out = tmp_path / f"{tried:05d}"
        code, _ = perform(words_of(name, inputs, out, address), out, kill_at=change, after=after)
        assert code in (-9, 0)
        killed += code == -9
        assert perform(words_of(name, inputs, out, address), out)[0] == 0, f"after a kill at {change} + {after} s"
        assert outcome(out) == expected, f"after a kill at {change} + {after} s"
    print(f"{name}: {tried} tried, {killed} killed in {changes} steps")  # noqa: T201 -- the figures, with pytest -s
    assert killed


@pytest.mark.parametrize("name", ["report", "submit", "baseline"])
def test_a_command_that_is_killed_while_it_replaces_leaves_the_old_or_the_new(
    name: str, inputs: Inputs, address: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    _, changes = perform(words_of(name, inputs, out, address), out)
    expected = outcome(out)
    for change, after in draws(name, changes):
        perform(words_of(name, inputs, out, address), out, kill_at=change, after=after)
        assert perform(words_of(name, inputs, out, address), out)[0] == 0
        assert outcome(out) == expected
