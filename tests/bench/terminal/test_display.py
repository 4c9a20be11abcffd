from __future__ import annotations

import json
import time

import pytest
from helpers.fake_clock import FakeClock
from restorebench.bench.terminal.display import (
    RunProgress,
    duration,
    error,
    new_table,
    note,
    print_json,
    print_lines,
    print_table,
    print_text,
)


def test_results_go_to_standard_output_and_words_about_them_to_standard_error(capsys: pytest.CaptureFixture[str]):
    print_text("result")
    print_lines(["a", "b"])
    note("working")
    error("it broke")
    shown = capsys.readouterr()
    assert shown.out == "result\na\nb\n"
    assert shown.err == "working\nrestorebench: error: it broke\n"


def test_names_are_never_markup(capsys: pytest.CaptureFixture[str]):
    note("[red]net[steps=4][/red] :smile:")
    assert capsys.readouterr().err == "[red]net[steps=4][/red] :smile:\n"


def test_json_is_one_document_and_never_nan(capsys: pytest.CaptureFixture[str]):
    print_json({"title": "ü", "value": None})
    assert json.loads(capsys.readouterr().out) == {"title": "ü", "value": None}
    with pytest.raises(ValueError, match="JSON"):
        print_json(float("nan"))


def test_a_table_in_a_pipe_is_as_wide_as_it_needs_and_has_no_blanks_at_line_ends(capsys: pytest.CaptureFixture[str]):
    table = new_table("Model", "PSNR", right=["PSNR"])
    table.add_row("x" * 150, "29.46")
    table.add_row("short", "7.00")
    print_table(table)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [line.rstrip() for line in lines]
    long, short = lines[-2:]
    assert (long.split(), short.split()) == (["x" * 150, "29.46"], ["short", "7.00"])
    assert len(long) == len(short) > 150


def test_a_table_of_many_columns_in_a_pipe_loses_none(capsys: pytest.CaptureFixture[str]):
    names = [f"metric-{number}" for number in range(90)]
    table = new_table("Model", *names, right=names)
    table.add_row("mine", *(f"{number}.12345678" for number in range(90)))
    print_table(table)
    assert capsys.readouterr().out.splitlines()[-1].split() == ["mine", *(f"{number}.12345678" for number in range(90))]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    fake = FakeClock()
    monkeypatch.setattr(time, "monotonic", fake)
    return fake


def test_progress_in_a_log_is_a_line_now_and_then(clock: FakeClock, capsys: pytest.CaptureFixture[str]):
    progress = RunProgress()
    progress.start("prenet on rain100h", 100, 20)
    for _ in range(20):
        clock.spend(2)
        progress.advance()
    progress.rename("prenet again")
    progress.finish()
    assert capsys.readouterr().err.splitlines() == [
        "prenet on rain100h: 20 of 100 images already recorded",
        "prenet on rain100h: 28/100 images, 0.50 images/s, 2 min 24 s left",
        "prenet on rain100h: 36/100 images, 0.50 images/s, 2 min 8 s left",
        "prenet again: 40/100 images, 0.50 images/s",
    ]


def test_the_same_note_is_said_once(capsys: pytest.CaptureFixture[str]):
    progress = RunProgress("calls")
    progress.start("x", 1, 0)
    for _ in range(3):
        progress.note("The GPU is hot.")
    progress.finish()
    assert capsys.readouterr().err == "x: 1 call\nThe GPU is hot.\n"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 0 min"),
        (90061, "25 h 1 min"),
    ],
)
def test_durations(seconds: float, words: str):
    assert duration(seconds) == words


def test_a_name_between_colons_is_no_emoji(capsys: pytest.CaptureFixture[str]):
    note("./net.py:Two: 3 images failed")
    table = new_table("Model")
    table.add_row("./net.py:Two: 3")
    print_table(table)
    printed = capsys.readouterr()
    assert "./net.py:Two: 3 images failed" in printed.err
    assert "./net.py:Two: 3" in printed.out


@pytest.mark.parametrize(("total", "said"), [(1, "net: 1 image\n"), (2, "net: 2 images\n")])
def test_one_image_is_one(total: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    progress = RunProgress()
    progress.start("net", total, 0)
    progress.finish()
    assert capsys.readouterr().err == said
