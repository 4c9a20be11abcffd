from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.cli import main
from restorebench.bench.errors import UsageError
from restorebench.bench.runs.run import find_runs
from restorebench.reports.board.numbers import parse_digits
from restorebench.reports.tables.bibliography import citation_key
from restorebench.reports.tables.latex import escape_latex
from restorebench.reports.tables.markdown import escape_markdown
from restorebench.reports.tables.table import TableOptions, draw_table
from rich.console import Console

PRENET = FakeRun(psnr=29.4599, ssim=0.8989, trained_on="Rain100H", official_quantiser="truncate", quantiser="truncate")
PRN_R = replace(PRENET, model="prn-r", title="PRN_r", psnr=27.4221, ssim=0.8734, weights="b" * 64)
HOSTILE = ("<script>alert(1)</script>", "a_b&c%d", "x" * 200, "去模糊模型", r"\input{/etc/passwd}$^~#{", "a|b*c*`d`")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    write_run(tmp_path, PRENET)
    write_run(tmp_path, PRN_R)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["table", *arguments]) == 0
    return capsys.readouterr().out


def test_published_numbers_stand_beside_measured_ones(two: Path, capsys: pytest.CaptureFixture[str]):
    text = shown(capsys, str(two))
    prenet, prn_r = (next(line for line in text.splitlines() if name in line) for name in ("PReNet", "PRN_r"))
    assert prenet.split() == ["PReNet", "29.46", "(29.46)", "0.899", "(0.899)"]
    assert prn_r.split() == ["PRN_r", "27.42", "(27.43)", "0.873", "(0.874)"]
    assert "rain100h@1" in text


def test_markdown_marks_best_and_second(two: Path, capsys: pytest.CaptureFixture[str]):
    lines = shown(capsys, str(two), "--format", "markdown").splitlines()
    assert lines[0] == "| Model | Rain100H `rain100h@1` PSNR ↑ | Rain100H `rain100h@1` SSIM ↑ |"
    assert lines[2] == "| PReNet | **29.46** (29.46) | **0.899** (0.899) |"
    assert lines[3] == r"| PRN\_r | <u>27.42</u> (27.43) | <u>0.873</u> (0.874) |"


def test_latex_marks_best_and_second(two: Path, capsys: pytest.CaptureFixture[str]):
    text = shown(capsys, str(two), "--format", "latex")
    assert r"PReNet & \textbf{29.46} (29.46) & \textbf{0.899} (0.899) \\" in text
    assert r"PRN\_r & \underline{27.42} (27.43) & \underline{0.873} (0.874) \\" in text
    assert [command in text for command in (r"\toprule", r"\cmidrule(lr){2-3}", r"\bottomrule")] == [True] * 3


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


def test_notes_stand_under_the_table_and_what_all_share_in_its_head(tmp_path: Path):
    warned = replace(PRENET, warnings=("another copy",))
    write_run(tmp_path, warned)
    write_run(tmp_path, replace(warned, model="prn-r", title="PRN_r", weights="b" * 64, failed=2))
    text = draw_table(find_runs(tmp_path), "markdown")
    assert isinstance(text, str)
    assert "Rain100H† `rain100h@1`" in text
    assert "† another copy<br>" in text
    assert "‡ 2 of 100 images failed and are excluded from the mean" in text
    assert [line.count("‡") for line in text.splitlines() if "| PRN" in line] == [2]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(tmp_path: Path, name: str):
    write_run(tmp_path, replace(PRENET, model=f"./{name}.py:build", title=name, card_name="mine"))
    runs = find_runs(tmp_path)
    markdown, latex, data = (draw_table(runs, format_) for format_ in ("markdown", "latex", "json"))
    assert f"| {escape_markdown(name)} |" in str(markdown)
    assert f"\n{escape_latex(name)} & " in str(latex)
    assert "<script" not in str(markdown)
    assert json.loads(str(data))[0]["title"] == name


def test_latex_escapes_every_special_character():
    assert escape_latex("$&#%_{}") == r"\$\&\#\%\_\{\}"
    assert escape_latex("\\^~") == r"\textbackslash{}\textasciicircum{}\textasciitilde{}"
    assert escape_latex("<>|\"'`") == (
        r"\textless{}\textgreater{}\textbar{}\textquotedbl{}\textquotesingle{}\textasciigrave{}"
    )
    assert escape_latex("a\nb\x00c") == "a b c"


@pytest.mark.slow
def test_latex_compiles(tmp_path: Path):
    engine = shutil.which("pdflatex")
    if engine is None:
        pytest.skip("needs pdflatex")
    for index, name in enumerate(name for name in HOSTILE if name.isascii()):
        write_run(tmp_path / "runs", replace(PRENET, model=f"m{index}", title=name, psnr=20.0 + index, failed=index))
    runs = find_runs(tmp_path / "runs")
    across = TableOptions(style="models-as-columns")
    tables = (draw_table(runs, "latex", options) for options in (TableOptions(bib=tmp_path / "t.bib"), across))
    head = "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{booktabs}\\begin{document}\n"
    tail = "\\bibliographystyle{plain}\\bibliography{t}\\end{document}\n"
    (tmp_path / "t.tex").write_text("\n\n".join((head, *map(str, tables), tail)), encoding="utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 -- a fixed command
    assert done.returncode == 0, done.stdout[-2000:]


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
    assert "† published: https://github.com/csdwren/PReNet/blob/6d908d1e3c/README.md<br>" in text
    assert main(["table", str(two), "--published", "MPRNet"]) == 2  # its numbers are by rain13k@1
    assert "no published result of 'MPRNet' with a data set and protocol of this table" in capsys.readouterr().err


def test_costs_beside_the_numbers(two: Path, capsys: pytest.CaptureFixture[str]):
    (two / "cost").mkdir()
    (two / "cost" / "prn-r.json").write_text(json.dumps({"params": 21123, "macs": {"conv": 8.1e9}}))
    lines = shown(capsys, str(two), "--format", "markdown", "--cost", "--metric", "psnr").splitlines()
    assert lines[0] == "| Model | Rain100H `rain100h@1` PSNR ↑ | Cost Params (M) | Cost GMACs (conv) |"
    assert lines[3] == r"| PRN\_r | <u>27.42</u> (27.43) | 0.02 | 8.10 |"


def test_physics_rows_show_what_they_add_to_their_base(two: Path, capsys: pytest.CaptureFixture[str]):
    pde = replace(
        PRENET,
        model="prenet+pde[steps=4]",
        title="PReNet+PDE",
        base="prenet",
        psnr=29.6599,
        ssim=0.8979,
        weights="e" * 64,
    )
    write_run(two, pde)
    lines = shown(capsys, str(two), "--format", "markdown").splitlines()
    assert r"| PReNet+PDE \[steps=4\] | **29.66** +0.20 | <u>0.898</u> -0.001 |" in lines


def test_a_name_that_ends_in_pde_extends_nothing_unless_its_card_says_so(two: Path, capsys: pytest.CaptureFixture[str]):
    write_run(two, replace(PRENET, model="prenet+pde", title="PReNet+PDE", psnr=29.6599, ssim=0.8979, weights="e" * 64))
    assert "| PReNet+PDE | **29.66** | <u>0.898</u> |" in shown(capsys, str(two), "--format", "markdown").splitlines()


def test_a_run_of_version_0_1_0_is_paired_with_its_base_by_name(two: Path, capsys: pytest.CaptureFixture[str]):
    folder = write_run(two, replace(PRENET, model="prenet+pde", title="PReNet+PDE", psnr=29.6599, weights="e" * 64))
    info = json.loads((folder / "run.json").read_text())
    del info["model"]["base"]
    info["schema_version"] = 1
    (folder / "run.json").write_text(json.dumps(info))
    assert "| PReNet+PDE | **29.66** +0.20 |" in shown(capsys, str(two), "--format", "markdown")


@pytest.fixture
def dated(tmp_path: Path) -> Path:
    """Two families, three years, and a run folder that is older than the field."""
    write_run(tmp_path, replace(PRENET, family="A", year=2022, psnr=29.0))
    write_run(tmp_path, replace(PRENET, model="b", title="B", family="B", year=2019, psnr=30.0, weights="1" * 64))
    write_run(tmp_path, replace(PRENET, model="c", title="C", family="A", year=2019, psnr=31.0, weights="2" * 64))
    folder = write_run(tmp_path, replace(PRENET, model="d", title="D", family="B", psnr=32.0, weights="3" * 64))
    info = json.loads((folder / "run.json").read_text())
    del info["model"]["year"], info["model"]["citation"]
    (folder / "run.json").write_text(json.dumps(info))
    return tmp_path


def rows_of(markdown: str) -> list[tuple[str, ...]]:
    """The cells of each line before the first number."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")][2:]
    return [tuple(cell for cell in map(str.strip, line.strip("|").split("|")) if "." not in cell) for line in lines]


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


def test_latex_names_years_and_only_rules_off_families(dated: Path, capsys: pytest.CaptureFixture[str]):
    by_year = shown(capsys, str(dated), "--format", "latex", "--metric", "psnr", "--group", "year")
    assert r"\multicolumn{2}{l}{2022} \\" in by_year
    assert by_year.count(r"\midrule") == 3
    by_family = shown(capsys, str(dated), "--format", "latex", "--metric", "psnr")
    assert r"\multicolumn{2}{l}" not in by_family
    assert by_family.count(r"\midrule") == 2
    alike = shown(capsys, str(dated), "--format", "latex", "--metric", "psnr", "--group", "none")
    assert alike.count(r"\midrule") == 1


def test_models_as_columns_are_grouped_alike(dated: Path, capsys: pytest.CaptureFixture[str]):
    across = ("--format", "markdown", "--metric", "psnr", "--style", "models-as-columns", "--group")
    assert shown(capsys, str(dated), *across, "year").splitlines()[0] == (
        "| Metric | 2019 C | 2019 B | 2022 PReNet | undated D |"
    )
    assert shown(capsys, str(dated), *across, "none").splitlines()[0] == "| Metric | D | C | B | PReNet |"


def test_html_is_escaped_and_marked(two: Path, capsys: pytest.CaptureFixture[str]):
    write_run(two, replace(PRENET, model="evil", title="<b>&", psnr=10.0, weights="f" * 64))
    text = shown(capsys, str(two), "--format", "html")
    assert "<td><b>29.46</b> <small>(29.46)</small></td>" in text
    assert '<th scope="row">&lt;b&gt;&amp;</th>' in text


def test_bibliography_has_an_entry_for_every_citation(two: Path, capsys: pytest.CaptureFixture[str]):
    bib = two / "table.bib"
    latex = shown(capsys, str(two), "--format", "latex", "--bib", str(bib))
    wanted = {key for keys in re.findall(r"\\cite\{([^}]*)\}", latex) for key in keys.split(",")}
    readme = "github-com-csdwren-PReNet-blob-6d908d1e3c-README-md"
    assert wanted == set(re.findall(r"@\w+\{([^,]*),", bib.read_text())) == {"prenet", "prn-r", readme}
    assert "author = {Someone and others}," in bib.read_text()
    assert "booktitle = {CVPR},\n  year = {2019}," in bib.read_text()
    assert main(["table", str(two), "--bib", str(bib)]) == 2


def test_long_sources_that_differ_at_the_end_have_keys_of_their_own():
    tables = [f"https://github.com/someone/a-repository-with-a-long-name/blob/0123456789/{name}.png" for name in "ab"]
    assert len({citation_key(source) for source in tables}) == 2


def drawn_on_terminal(tables: object, width: int) -> str:
    assert isinstance(tables, list)
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=width)
    for table in tables:
        console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_best_is_bold_and_second_underlined_on_a_terminal(two: Path):
    text = drawn_on_terminal(draw_table(find_runs(two), "text"), 120)
    assert "\x1b[1m29.46\x1b[0m" in text
    assert "\x1b[4m27.42\x1b[0m" in text


def test_a_table_too_wide_for_the_terminal_becomes_one_per_data_set(two: Path, monkeypatch: pytest.MonkeyPatch):
    write_run(two, replace(PRENET, dataset="gopro", images=10))
    runs = find_runs(two)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    assert len(draw_table(runs, "text")) == 1
    monkeypatch.setenv("COLUMNS", "60")
    tables = draw_table(runs, "text")
    assert len(tables) == 2
    assert "29.46" in drawn_on_terminal(tables, 60)
