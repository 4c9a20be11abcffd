"""Run folders of other people: whatever their names hold, nothing acts on the terminal or in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from helpers.paired_runs import write_paired_run
from restorebench.bench.cli import main
from restorebench.bench.terminal import display

NAMES = (
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title of the window\x07",
    "\x9b2J",
    "good\rbad ",
    "\u202etxt.exe\u202c",
    "\u2067a\u2069b",
    "x\x7f\x08\x08",
)
NAME = "".join(NAMES)
PLAN_NAME = NAME.replace("[", "")
"""Brackets hold options."""

ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
STYLES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]|\r")
"""What rich itself writes to a terminal."""


@pytest.fixture
def hostile(tmp_path: Path) -> tuple[str, str]:
    """Two runs, of a hostile model on a hostile data set with hostile keys, groups and reasons."""
    keys = [f"{NAMES[index % len(NAMES)]}{index}" for index in range(12)]
    for side, by in (("old", 0.0), ("new", 1.0)):
        write_paired_run(
            tmp_path / side,
            {"psnr": [30.0 + index % 5 - by for index in range(12)]},
            model=f"model {PLAN_NAME}",
            dataset=f"set {PLAN_NAME}",
            keys=keys,
            failed={keys[0]: f"failed {NAME}"} if side == "new" else {},
        )
        for path in (tmp_path / side).rglob("run.json"):
            info = json.loads(path.read_text(encoding="utf-8"))
            info["model"]["title"] = f"title {NAME}"
            info["dataset"]["title"] = f"title {NAME}"
            path.write_text(json.dumps(info), encoding="utf-8")
    return str(tmp_path / "old"), str(tmp_path / "new")


def commands(old: str, new: str) -> list[list[str]]:
    place = Path(old).parent
    runs = [str(next(Path(side).rglob("run.json")).parent) for side in (old, new)]
    return [
        *(["table", old, new, "--format", form] for form in ("text", "markdown", "latex", "html", "csv", "json")),
        *(["compare", str(place), *runs, *more] for more in ([], ["--json"])),
        *(["check", new, "--baseline", old, *more] for more in ([], ["--explain"], ["--json"], ["--identical"])),
        ["check", new, "--baseline", old, "--junit", str(place / "check.xml")],
        ["check", new, "--baseline", old, "--max-drop", f"{json.loads((Path(runs[0]) / 'run.json').read_text())}=0.1"],
        ["merge", old, new, "--out", str(place / "merged")],
        ["merge", new, "--out", str(place / "merged")],
        ["report", old, new, "--out", str(place / "report")],
        ["leaderboard", old, new, "--out", str(place / "site")],
        ["submit", old, "--out", str(place / "archives")],
        ["baseline", "save", old, "--out", str(place / "baseline.json")],
        ["figure", old, "--out", str(place / "figure.svg")],
        ["compare", str(place), *runs, "--metric", "pnsr"],
        ["compare", old, "nobody", "nothing"],
    ]


def test_nothing_acts_on_the_terminal(hostile: tuple[str, str], capsys: pytest.CaptureFixture[str]):
    for command in commands(*hostile):
        main(command)
        printed = capsys.readouterr()
        found = [unicodedata.name(sign, repr(sign)) for sign in ACTING.findall(printed.out + printed.err)]
        assert not found, (command[:2], found)
    ET.parse(Path(hostile[0]).parent / "check.xml")  # noqa: S314 -- our own document


def test_nothing_acts_on_a_real_terminal_either(
    hostile: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    display._console.cache_clear()
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    for command in commands(*hostile):
        if command[0] in {"table", "check", "compare"}:
            main(command)
            printed = capsys.readouterr()
            assert not ACTING.search(STYLES.sub("", printed.out + printed.err)), command[:2]
            assert "\x1b[31mred" not in printed.out + printed.err
    display._console.cache_clear()


def test_json_is_read_as_it_was_measured(hostile: tuple[str, str], capsys: pytest.CaptureFixture[str]):
    info = json.loads(next(Path(hostile[0]).rglob("run.json")).read_text(encoding="utf-8"))
    main(["table", hostile[0], "--format", "json"])
    assert json.loads(capsys.readouterr().out)[0]["title"] == info["model"]["title"]
    main(["check", hostile[1], "--baseline", hostile[0], "--json"])
    assert json.loads(capsys.readouterr().out)["gates"][0]["model"] == info["plan"]["model"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\uff1d"])
@pytest.mark.parametrize("rest", ['HYPERLINK("http://x";"y")', "1+1", "cmd|' /C calc'!A0"])
def test_no_cell_of_a_csv_is_a_formula(sign: str, rest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_paired_run(tmp_path, {"psnr": [-1.5, -2.5, -3.5]}, model=f"{sign}{rest}")
    for path in tmp_path.rglob("run.json"):
        info = json.loads(path.read_text(encoding="utf-8"))
        info["model"]["title"] = f"{sign}{rest}"
        path.write_text(json.dumps(info), encoding="utf-8")
    assert main(["table", str(tmp_path), "--format", "csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["title"] == f"'{sign}{rest}"
    for name, cell in row.items():
        assert not cell.startswith(("=", "+", "@", "\t", "\uff1d")), name
    assert float(row["mean"]) == -2.5
    assert float(row["low"]) < -2.5
