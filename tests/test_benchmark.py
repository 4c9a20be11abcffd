"""The gate of the speed: works that take turns, ratios, what is worse, and the page that is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from performance.rivals import command, timing
from performance.rivals.contest import Contest, Rival, Row, absent, hold
from performance.rivals.gate import compare
from performance.rivals.page import Measured, filled, load, save, table
from performance.rivals.turns import Ratio, Took, Turns, middle, take_turns

ROW = Row("metrics", "PSNR", "theirs", "a remark", 10.0, 20.0, Ratio(2.0, 1.9, 2.1), "processor", 30.0, 30.5)
MISSING = Row("metrics", "PSNR", "theirs", "not installed: `pip install theirs`")
AGREES = replace(ROW, room=timing.ROOM, ratio=Ratio(1.01, 1.0, 1.02))
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "speed.md"


def at(ratio: float, row: Row = ROW) -> Row:
    return replace(row, ratio=Ratio(ratio, ratio, ratio))


def test_works_take_turns_in_both_orders_and_the_slow_one_has_one():
    calls: list[str] = []
    works = {name: lambda name=name: calls.append(name) for name in "abc"}
    turns = take_turns(works, fewest=3, slow="c")
    assert "".join(calls) == "ab" + "abc" + "ba" + "ab"
    assert {name: len(took) for name, took in turns.took.items()} == {"a": 3, "b": 3, "c": 1}


def test_a_ratio_is_made_within_each_round():
    busy = {"ours": (1.0, 10.0, 2.0), "theirs": (2.0, 20.0, 4.0)}
    turns = Turns({name: tuple(Took(t, 3 * t) for t in times) for name, times in busy.items()}, {})
    assert turns.ratio("theirs", "ours", "wall") == Ratio(2.0, 2.0, 2.0)
    assert turns.seconds("ours", "wall") == 6.0


def test_the_median_and_the_quartiles():
    assert middle([1.0, 2.0, 3.0, 4.0, 100.0]) == Ratio(3.0, 2.0, 4.0)
    assert middle([5.0]) == Ratio(5.0, 5.0, 5.0)


def test_a_rival_that_is_not_installed_has_a_row_of_its_own():
    contest = Contest("metrics", "PSNR", lambda: 1.0, (absent("a", "a-package"), Rival("b", lambda: 2.0)), seconds=0)
    missing, measured = hold(contest, 1)
    assert (missing.rival, missing.ratio, missing.note) == ("a", None, "not installed: `pip install a-package`")
    assert measured.ratio is not None
    assert (measured.ours_value, measured.rival_value) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("now", "worse"), [(at(2.5), False), (at(1.61), False), (at(1.59), True), (at(0.1), True)], ids=lambda x: str(x)[:0]
)
def test_a_ratio_may_fall_by_the_tolerance(now: Row, worse: bool):  # noqa: FBT001 -- a parameter
    found = compare([ROW], [now], 0.25)
    assert bool(found.worse) == worse
    assert found.tasks == ({("metrics", "PSNR")} if worse else set())
    assert found.compared == 1
    assert all(sentence.startswith("metrics / PSNR / theirs: ") for sentence in found.worse)


@pytest.mark.parametrize(("ratio", "worse"), [(1.2, False), (0.8, False), (1.3, True), (0.7, True)])
def test_timers_have_to_agree_in_both_directions(ratio: float, worse: bool):  # noqa: FBT001 -- a parameter
    assert bool(compare([AGREES], [at(ratio, AGREES)], 0.25).worse) == worse


def test_what_is_measured_on_one_side_alone_is_named_or_new():
    found = compare([ROW, MISSING], [MISSING, at(0.1, replace(ROW, rival="new"))], 0.25)
    assert (found.worse, found.missing, found.compared) == ((), ("metrics / PSNR / theirs",), 0)


def measured(*rows: Row) -> Measured:
    return Measured("2026-01-02", {"machine": "a box"}, {"torch": "2.6"}, rows, {"PNG": {"theirs": "same pixels"}})


def test_what_is_saved_is_loaded(tmp_path: Path):
    exact = replace(ROW, rival_value=30.0 + 1e-14)  # small differences are what is compared
    save(measured(exact, MISSING), tmp_path / "speed.json")
    assert load(tmp_path / "speed.json") == measured(exact, MISSING)
    assert sum("PSNR" in line for line in (tmp_path / "speed.json").read_text().splitlines()) == 2


def test_a_table_has_the_ratio_the_difference_and_who_is_missing():
    lines = table([ROW, MISSING]).splitlines()
    assert "| **2.00** | 1.90 to 2.10 | 30.0000 | 30.5000 | 0.500 | a remark |" in lines[2]
    assert lines[3] == "| PSNR | theirs |  |  |  |  |  |  |  | not installed: `pip install theirs` |"
    assert len({line.count("|") for line in lines}) == 1


def test_the_measured_parts_of_a_page_are_made_anew_and_its_prose_stays():
    page = "before\n<!-- measured: metrics -->\nold\n<!-- end -->\nbehind\n<!-- measured: machine -->\n<!-- end -->\n"
    text = filled(page, measured(ROW))
    assert "old" not in text
    assert text.startswith("before\n<!-- measured: metrics -->\n\n| task | rival |")
    assert "- versions: torch 2.6\n" in text
    assert filled(text, measured(ROW)) == text
    with pytest.raises(KeyError):
        filled("<!-- measured: nothing -->\n<!-- end -->", measured(ROW))


def test_the_page_is_made_of_the_file_beside_it():
    text = PAGE.read_text(encoding="utf-8")
    assert filled(text, load(PAGE.with_suffix(".json"))) == text


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[Row]]:
    """What the next runs of the benchmark measure; the committed rows are of `ROW`."""
    save(measured(ROW), tmp_path / "speed.json")
    monkeypatch.setattr(command, "FILE", tmp_path / "speed.json")
    planned: list[list[Row]] = []

    def measure(*_: object) -> Iterator[Row]:
        yield from planned.pop(0)

    monkeypatch.setattr(command, "measure", measure)
    return planned


@pytest.mark.parametrize(
    ("planned", "code"),
    [
        ([[at(1.9)]], 0),
        ([[at(1.0)], [at(1.0)]], 1),
        ([[at(1.0)], [at(2.0)]], 0),
        ([[MISSING]], 2),
    ],
    ids=["as fast", "slower twice", "slower once", "nothing to compare with"],
)
def test_the_gate(runs: list[list[Row]], planned: list[list[Row]], code: int, capsys: pytest.CaptureFixture[str]):
    runs += planned
    assert command.check(["metrics"], 1.0, 0.25) == code
    assert not runs
    assert ("metrics / PSNR / theirs" in capsys.readouterr().err) == (code > 0)
