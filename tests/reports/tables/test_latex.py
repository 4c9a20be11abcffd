from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import write_run
from helpers.table_runs import HOSTILE, PRENET, shown
from restorebench.bench.runs.run import find_runs
from restorebench.reports.tables.latex import escape_latex
from restorebench.reports.tables.table import TableOptions, draw_table


def test_latex_marks_best_and_second(two: Path, capsys: pytest.CaptureFixture[str]):
    text = shown(capsys, str(two), "--format", "latex")
    assert r"PReNet & \textbf{29.46} (29.46) & \textbf{0.899} (0.899) \\" in text
    assert r"PRN\_r & \underline{27.42} (27.43) & \underline{0.873} (0.874) \\" in text
    assert [command in text for command in (r"\toprule", r"\cmidrule(lr){2-3}", r"\bottomrule")] == [True] * 3


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
    tables = (
        draw_table(runs, "latex", options)
        for options in (TableOptions(bib=tmp_path / "t.bib", published=["all"]), across)
    )
    head = "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{booktabs}\\usepackage{url}\\begin{document}\n"
    tail = "\\bibliographystyle{plain}\\bibliography{t}\\end{document}\n"
    (tmp_path / "t.tex").write_text("\n\n".join((head, *map(str, tables), tail)), encoding="utf-8")
    latex = [engine, "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    for command in (latex, [shutil.which("bibtex") or "bibtex", "t"], latex, latex):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 -- fixed commands
        assert done.returncode == 0, done.stdout[-2000:]
    assert "undefined" not in done.stdout


def test_latex_names_years_and_only_rules_off_families(dated: Path, capsys: pytest.CaptureFixture[str]):
    by_year = shown(capsys, str(dated), "--format", "latex", "--metric", "psnr", "--group", "year")
    assert r"\multicolumn{2}{l}{2022} \\" in by_year
    assert by_year.count(r"\midrule") == 3
    by_family = shown(capsys, str(dated), "--format", "latex", "--metric", "psnr")
    assert r"\multicolumn{2}{l}" not in by_family
    assert by_family.count(r"\midrule") == 2
    alike = shown(capsys, str(dated), "--format", "latex", "--metric", "psnr", "--group", "none")
    assert alike.count(r"\midrule") == 1


def test_wide_headings_are_broken_at_spaces(two: Path, capsys: pytest.CaptureFixture[str]):
    (two / "cost").mkdir()
    (two / "cost" / "prenet.json").write_text('{"params": 168963, "macs": {"all, 256x256": 66.25e9}}')
    latex = shown(capsys, str(two), "--format", "latex", "--cost")
    assert r"Params (M) & \shortstack[r]{GMACs (all,\\256x256)} \\" in latex


def test_addresses_in_notes_can_be_broken(two: Path):
    latex = str(draw_table(find_runs(two), "latex", TableOptions(published=("JORDER",))))
    assert r"published by others: \url{https://github.com/csdwren/PReNet/blob/6d908d1e3c/README.md}" in latex
    assert r"\usepackage{url}" in latex.splitlines()[0]
    assert r"\usepackage{url}" not in str(draw_table(find_runs(two), "latex"))
