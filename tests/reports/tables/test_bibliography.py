"""BibTeX entries from citations: their kind, their fields, and what LaTeX would choke on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.contracts import Citation, ModelCard
from restorebench.bench.models.entries import MODELS
from restorebench.bench.runs.run import find_runs, read_info, write_info
from restorebench.reports.board.board import build_board
from restorebench.reports.tables.bibliography import bibtex, citation_key, render_bibliography

RESTORMER = Citation(
    ("Zamir, Syed Waqas", "Arora, Aditya", "others"), "Restormer: Efficient & Large", "CVPR", 2022, arxiv="2111.09881"
)


def test_a_conference_paper_with_a_preprint():
    assert bibtex("restormer", RESTORMER) == (
        "@inproceedings{restormer,\n"
        "  author = {Zamir, Syed Waqas and Arora, Aditya and others},\n"
        "  title = {{Restormer: Efficient \\& Large}},\n"
        "  booktitle = {CVPR},\n"
        "  year = {2022},\n"
        "  eprint = {2111.09881},\n"
        "  archivePrefix = {arXiv},\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("venue", "first", "field"),
    [
        ("CVPR Workshops", "@inproceedings{k,", "  booktitle = {CVPR Workshops},"),
        ("European Conference on Computer Vision", "@inproceedings{k,", "  booktitle = {European"),
        ("JOSA A 27(7)", "@article{k,", "  journal = {JOSA A},\n  volume = {27},\n  number = {7},"),
        (
            "The Astronomical Journal 79",
            "@article{k,",
            "  journal = {The Astronomical Journal},\n  volume = {79},\n  y",
        ),
        ("IEEE TCSVT", "@article{k,", "  journal = {IEEE TCSVT},\n  year"),
    ],
)
def test_the_venue_decides_the_kind_of_entry(venue: str, first: str, field: str):
    text = bibtex("k", Citation(("A, B",), "T", venue, 2004, doi="10.1/x_y"))
    assert text.startswith(first)
    assert field in text
    assert "  doi = {10.1/x_y}," in text
    assert "eprint" not in text


def test_a_preprint_has_no_venue_and_empty_fields_are_left_out():
    assert bibtex("k", Citation(("A, B",), "T", arxiv="2511.06244", year=2025)).splitlines() == [
        "@misc{k,",
        "  author = {A, B},",
        "  title = {{T}},",
        "  year = {2025},",
        "  eprint = {2511.06244},",
        "  archivePrefix = {arXiv},",
        "}",
    ]


def test_an_entry_without_authors_has_a_key_to_sort_by():
    assert "  key = {T\\_1}," in bibtex("k", Citation((), "T_1"))


@pytest.mark.parametrize("name", MODELS.names())
def test_every_registered_citation_makes_a_balanced_entry(name: str):
    citation = MODELS.get(name).card.citation
    if citation is None:
        assert name in {"identity", "spandrel"}
        return
    text = bibtex(citation_key(name), citation)
    assert text.count("{") == text.count("}")
    assert all(", " in author for author in citation.authors)


def test_a_card_with_words_only_and_one_without_any(tmp_path: Path):
    words, nothing = (write_run(tmp_path, FakeRun(model=name, title=name)) for name in ("words", "nothing"))
    for folder, paper in ((words, "Found in a drawer, 1999"), (nothing, "")):
        info = read_info(folder)
        card = ModelCard(info.model.name, info.model.title, info.model.task, paper=paper)
        write_info(folder, replace(info, model=card))
    text = render_bibliography(build_board(find_runs(tmp_path)))
    assert "@misc{words,\n  key = {Found in a drawer, 1999},\n  title = {{Found in a drawer, 1999}},\n}" in text
    assert "nothing" not in text


def test_long_sources_that_differ_at_the_end_have_keys_of_their_own():
    tables = [f"https://github.com/someone/a-repository-with-a-long-name/blob/0123456789/{name}.png" for name in "ab"]
    assert len({citation_key(source) for source in tables}) == 2
