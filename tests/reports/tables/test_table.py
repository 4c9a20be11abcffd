from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.paired_runs import join_protocols
from helpers.report_runs import write_run
from helpers.table_runs import HOSTILE, PRENET, PRN_R, rows_of, shown
from restorebench.bench.cli import main
from restorebench.bench.errors import UsageError
from restorebench.bench.runs.run import find_runs
from restorebench.reports.board.names import normal_name
from restorebench.reports.board.numbers import parse_digits
from restorebench.reports.board.published import load_published
from restorebench.reports.tables.latex import escape_latex
from restorebench.reports.tables.markdown import escape_markdown
from restorebench.reports.tables.method_years import YEARS, method_year
from restorebench.reports.tables.table import draw_table


def test_published_numbers_stand_beside_measured_ones(two: Path, capsys: pytest.CaptureFixture[str]):
    text = shown(capsys, str(two))
    prenet, prn_r = (next(line for line in text.splitlines() if name in line) for name in ("PReNet", "PRN_r"))
    assert prenet.split() == ["PReNet", "29.46", "(29.46)", "0.899", "(0.899)"]
    assert prn_r.split() == ["PRN_r", "27.42", "(27.43)", "0.873", "(0.874)"]
    assert "rain100h@1" in text


def test_metrics_are_chosen_and_ordered_and_digits_set(two: Path, capsys: pytest.CaptureFixture[str]):
    text = shown(capsys, str(two), "--format", "markdown", "--metric", "ssim", "psnr", "--digits", "ssim=4")
    assert "| PReNet | **0.8989** (0.8990) | **29.46** (29.46) |" in text
    assert main(["table", str(two), "--metric", "pnsr"]) == 2
    assert "did you mean psnr?" in capsys.readouterr().err
    with pytest.raises(UsageError, match="METRIC=DIGITS"):
        parse_digits(["ssim"])


def test_csv_and_json_carry_everything(two: Path, capsys: pytest.CaptureFixture[str]):
    items = json.loads(shown(capsys, str(two), "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(shown(capsys, str(two), "--format", "csv"))))
    assert len(items) == len(rows) == 4
    first = items[0]
    assert (first["model"], first["metric"], first["protocol"], first["n"]) == ("prenet", "psnr", "rain100h@1", 100)
    assert first["mean"] == pytest.approx(29.4599)
    assert first["low"] < first["mean"] < first["high"]
    assert (first["published"], first["agreement"]) == (29.46, "agrees")
    assert float(rows[2]["difference"]) == pytest.approx(-0.0079)
    assert {name: str(value) for name, value in first.items() if isinstance(value, str)}.items() <= rows[0].items()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(tmp_path: Path, name: str):
    write_run(tmp_path, replace(PRENET, model=f"./{name}.py:build", title=name, card_name="mine"))
    runs = find_runs(tmp_path)
    markdown, latex, data = (draw_table(runs, format_) for format_ in ("markdown", "latex", "json"))
    assert f"| {escape_markdown(name)} |" in str(markdown)
    assert f"\n{escape_latex(name)} & " in str(latex)
    assert "<script" not in str(markdown)
    assert json.loads(str(data))[0]["title"] == name


def test_models_as_columns(two: Path, capsys: pytest.CaptureFixture[str]):
    lines = shown(capsys, str(two), "--format", "markdown", "--style", "models-as-columns").splitlines()
    assert lines[0] == "| Metric | PReNet PReNet | PReNet PRN\\_r |"
    assert lines[2] == "| PSNR ↑ | **29.46** (29.46) | <u>27.42</u> (27.43) |"
    latex = shown(capsys, str(two), "--format", "latex", "--style", "models-as-columns")
    assert r"\multicolumn{3}{l}{Rain100H rain100h@1} \\" in latex


def test_published_rows_share_the_protocol_and_are_marked(two: Path, capsys: pytest.CaptureFixture[str]):
    text = shown(capsys, str(two), "--format", "markdown", "--published", "RESCAN", "JORDER")
    rows = [line for line in text.splitlines() if "RESCAN" in line or "JORDER" in line]
    assert rows == ["| published | RESCAN | 28.88†‡ | 0.866†‡ |", "|  | JORDER | 26.54†‡ | 0.835†‡ |"]
    assert "† published by others: https://github.com/csdwren/PReNet/blob/6d908d1e3c/README.md<br>" in text
    assert main(["table", str(two), "--published", "MPRNet"]) == 2  # its numbers are by rain13k@1
    assert "no published result of 'MPRNet' with a data set and protocol of this table" in capsys.readouterr().err


def test_costs_beside_the_numbers(two: Path, capsys: pytest.CaptureFixture[str]):
    (two / "cost").mkdir()
    (two / "cost" / "prn-r.json").write_text(json.dumps({"params": 21123, "macs": {"conv": 8.1e9}}))
    lines = shown(capsys, str(two), "--format", "markdown", "--cost", "--metric", "psnr").splitlines()
    assert lines[0] == "| Model | Rain100H `rain100h@1` PSNR ↑ | Cost Params (M) | Cost GMACs (conv) |"
    assert lines[3] == r"| PRN\_r | <u>27.42</u> (27.43) | 0.02 | 8.10 |"


def test_costs_that_nobody_measured_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_run(tmp_path, PRENET)
    assert main(["table", str(tmp_path), "--cost"]) == 0
    assert "No cost was measured beside these runs" in capsys.readouterr().err


def test_rows_are_grouped_by_family_year_or_not_at_all(dated: Path, capsys: pytest.CaptureFixture[str]):
    def rows(group: str) -> list[tuple[str, ...]]:
        return rows_of(shown(capsys, str(dated), "--format", "markdown", "--group", group))

    assert rows("family") == [("B", "D"), ("", "B"), ("A", "C"), ("", "PReNet")]
    assert rows("year") == [("2019", "C"), ("", "B"), ("2022", "PReNet"), ("undated", "D")]
    assert rows("none") == [("D",), ("C",), ("B",), ("PReNet",)]
    default = shown(capsys, str(dated), "--format", "markdown")
    assert rows_of(default) == rows("family")
    assert main(["table", str(dated), "--group", "yaer"]) == 2


@pytest.mark.parametrize("format_", ["text", "html", "latex"])
def test_every_printed_format_is_grouped(dated: Path, capsys: pytest.CaptureFixture[str], format_: str):
    orders = {"year": "31 30 29 32", "none": "32 31 30 29", "family": "32 30 31 29"}
    for group, order in orders.items():
        text = shown(capsys, str(dated), "--format", format_, "--metric", "psnr", "--group", group)
        measured = re.findall(r"\b(\d\d)\.00\b(?!\))", text)
        assert " ".join(measured) == order
        assert ("undated" in text) == ("2022" in text) == (group == "year")


def test_data_comes_in_the_order_of_the_groups(dated: Path, capsys: pytest.CaptureFixture[str]):
    command = (str(dated), "--metric", "psnr", "--group", "year", "--format")
    rows = csv.DictReader(io.StringIO(shown(capsys, *command, "csv")))
    items = json.loads(shown(capsys, *command, "json"))
    assert [row["title"] for row in rows] == [item["title"] for item in items] == ["C", "B", "PReNet", "D"]


def test_data_carries_the_year(dated: Path, capsys: pytest.CaptureFixture[str]):
    items = json.loads(shown(capsys, str(dated), "--format", "json", "--metric", "psnr"))
    assert {item["title"]: item["year"] for item in items} == {"PReNet": 2022, "B": 2019, "C": 2019, "D": None}


def test_models_as_columns_are_grouped_alike(dated: Path, capsys: pytest.CaptureFixture[str]):
    across = ("--format", "markdown", "--metric", "psnr", "--style", "models-as-columns", "--group")
    assert shown(capsys, str(dated), *across, "year").splitlines()[0] == (
        "| Metric | 2019 C | 2019 B | 2022 PReNet | undated D |"
    )
    assert shown(capsys, str(dated), *across, "none").splitlines()[0] == "| Metric | D | C | B | PReNet |"


def test_bibliography_has_an_entry_for_every_citation(two: Path, capsys: pytest.CaptureFixture[str]):
    bib = two / "table.bib"
    latex = shown(capsys, str(two), "--format", "latex", "--bib", str(bib))
    wanted = {key for keys in re.findall(r"\\cite\{([^}]*)\}", latex) for key in keys.split(",")}
    papers = {"someone2019paper", "someone2019papera", "yang2017deep"}
    readme = "github-com-csdwren-PReNet-blob-6d908d1e3c-README-md"
    assert wanted == set(re.findall(r"@\w+\{([^,]*),", bib.read_text())) == papers | {readme}
    assert "author = {Someone and others}," in bib.read_text()
    assert "booktitle = {CVPR},\n  year = {2019}," in bib.read_text()
    assert main(["table", str(two), "--bib", str(bib)]) == 2


def test_protocols_of_a_run_stand_side_by_side_or_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for fake, psnr in ((PRENET, 29.9599), (PRN_R, 27.9221)):
        luma = replace(fake, protocol="y@1", psnr=psnr, ssim=0.9)
        join_protocols(write_run(tmp_path / "out", fake), write_run(tmp_path / "y", luma))
    out = str(tmp_path / "out")
    items = json.loads(shown(capsys, out, "--format", "json", "--metric", "psnr"))
    means = {(item["model"], item["protocol"]): item["mean"] for item in items}
    assert means == {
        ("prenet", "rain100h@1"): pytest.approx(29.4599),
        ("prenet", "y@1"): pytest.approx(29.9599),
        ("prn-r", "rain100h@1"): pytest.approx(27.4221),
        ("prn-r", "y@1"): pytest.approx(27.9221),
    }
    both = shown(capsys, out, "--format", "markdown", "--metric", "psnr")
    assert "| PReNet | **29.46** (29.46) | **29.96** (29.46†) |" in both
    assert "† published with rain100h@1" in both
    luma = shown(capsys, out, "--format", "markdown", "--metric", "psnr", "--protocol", "y")
    assert "`y@1`" in luma
    assert "`rain100h@1`" not in luma
    assert main(["table", out, "--protocol", "rain10h"]) == 2
    assert "did you mean rain100h@1" in capsys.readouterr().err


def test_all_published_results_repeat_nothing_in_brackets(two: Path, capsys: pytest.CaptureFixture[str]):
    lines = shown(capsys, str(two), "--format", "markdown", "--published", "all").splitlines()
    names = [cell.strip() for line in lines if line.startswith("|") for cell in line.split("|")[2:3]]
    assert names.count("PReNet") == names.count(r"PRN\_r") == 1
    assert "JORDER" in names
    asked = shown(capsys, str(two), "--format", "markdown", "--published", "PReNet")
    assert asked.count("29.46") == 3  # measured, in brackets, and in the row that was asked for


def test_published_results_by_other_protocols_are_named_but_not_mixed_in(two: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["table", str(two), "--format", "markdown", "--published", "all"]) == 0
    printed = capsys.readouterr()
    assert "ChaIR" not in printed.out
    note = " ".join(printed.err.split())
    assert "Published on Rain100H by another protocol or one that is not stated, so not in the table: ChaIR," in note
    assert "`restorebench published --dataset NAME` lists them" in note
    assert main(["table", str(two), "--format", "markdown", "--published", "JORDER"]) == 0
    assert "another protocol" not in capsys.readouterr().err


def test_published_rows_cite_their_sources(two: Path, capsys: pytest.CaptureFixture[str]):
    bib = two / "table.bib"
    latex = shown(capsys, str(two), "--format", "latex", "--published", "JORDER", "--bib", str(bib))
    assert r"JORDER~\cite{github-com-csdwren-PReNet" in latex
    assert "published: https" not in latex


def test_data_has_every_field_of_the_table(two: Path, capsys: pytest.CaptureFixture[str]):
    extended = replace(PRENET, model="prenet+pde", title="PReNet + PDE", base="prenet", psnr=30.0, weights="d" * 64)
    write_run(two, extended)
    (two / "cost").mkdir()
    (two / "cost" / "prenet.json").write_text(json.dumps({"params": 168963, "macs": {"all, 256x256": 66.25e9}}))
    command = (str(two), "--metric", "psnr", "--published", "JORDER", "--format")
    items = {item["title"]: item for item in json.loads(shown(capsys, *command, "json"))}
    assert items["PReNet"]["costs"] == {"Params (M)": 0.17, "GMACs (all, 256x256)": 66.25}
    assert items["PReNet + PDE"]["base"] == "PReNet"
    assert items["PReNet + PDE"]["delta"] == pytest.approx(30.0 - 29.4599)
    assert (items["JORDER"]["published"], items["JORDER"]["mean"], items["JORDER"]["group"]) == (
        26.54,
        None,
        "published",
    )
    assert items["JORDER"].keys() == items["PReNet"].keys()
    rows = {row["title"]: row for row in csv.DictReader(io.StringIO(shown(capsys, *command, "csv")))}
    assert rows["PReNet"]["GMACs (all, 256x256)"] == "66.25"
    assert rows["PRN_r"]["GMACs (all, 256x256)"] == ""
    assert rows["JORDER"]["published"] == "26.54"


def test_published_rows_are_in_the_order_of_their_years(two: Path, capsys: pytest.CaptureFixture[str]):
    lines = shown(capsys, str(two), "--format", "markdown", "--published", "all", "--group", "year").splitlines()
    groups = [line.split("|")[1].strip() for line in lines if line.startswith("| published")]
    assert groups == ["published 2017", "published 2018", "published 2019"]
    names = [line.split("|")[2].strip() for line in lines if line.startswith("|")]
    assert names.index("JORDER") < names.index("RESCAN")


@pytest.mark.parametrize(
    ("model", "year"),
    [
        ("Restormer", 2022),  # registered
        ("FFTformer +ID-Blau", 2024),  # its authors' own table
        ("SRN (released lstm weights)", 2018),
        ("DeepRFT+", 2021),
        ("SAPHN", 2020),  # a list of papers
        ("no such method", None),
    ],
)
def test_years_of_methods(model: str, year: int | None):
    assert method_year(model) == year


def test_every_listed_year_is_that_of_a_published_method():
    known = {normal_name(number.model) for number in load_published()}
    assert {name for name in YEARS if normal_name(name) not in known} == set()
