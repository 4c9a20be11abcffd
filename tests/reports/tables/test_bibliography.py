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
from restorebench.reports.board.published import load_published
from restorebench.reports.tables.bibliography import Bibliography, bibtex, citation_key, cited
from restorebench.reports.tables.papers import PAPERS
from restorebench.reports.tables.sheet import lay_out
from restorebench.reports.tables.sources import source_fields

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
        "  howpublished = {arXiv:2511.06244},",
        "}",
    ]


def test_an_entry_without_authors_has_a_key_to_sort_by():
    assert "  key = {T\\_1}," in bibtex("k", Citation((), "T_1"))


@pytest.mark.parametrize("name", MODELS.names())
def test_every_registered_citation_makes_a_balanced_entry(name: str):
    citation = MODELS.get(name).card.citation
    if citation is None:
        assert name in {"identity", "spandrel", "spandrel-extra"}
        return
    text = bibtex(citation_key(name), citation)
    assert text.count("{") == text.count("}")
    assert all(", " in author for author in citation.authors)


def rendered(folder: Path) -> str:
    board, bibliography = build_board(find_runs(folder)), Bibliography()
    cited(lay_out(board, {}), board, bibliography)
    return bibliography.render()


def test_a_card_with_words_only_and_one_without_any(tmp_path: Path):
    words, nothing = (write_run(tmp_path, FakeRun(model=name, title=name)) for name in ("words", "nothing"))
    for folder, paper in ((words, "Found in a drawer, 1999"), (nothing, "")):
        info = read_info(folder)
        card = ModelCard(info.model.name, info.model.title, info.model.task, paper=paper)
        write_info(folder, replace(info, model=card))
    text = rendered(tmp_path)
    assert (
        "@misc{Found-in-a-drawer-1999,\n  key = {Found in a drawer, 1999},\n  title = {{Found in a drawer, 1999}},\n}"
        in text
    )
    assert "nothing" not in text


def test_long_sources_that_differ_at_the_end_have_keys_of_their_own():
    tables = [f"https://github.com/someone/a-repository-with-a-long-name/blob/0123456789/{name}.png" for name in "ab"]
    assert len({citation_key(source) for source in tables}) == 2


def test_models_of_one_paper_share_its_entry():
    bibliography = Bibliography()
    assert bibliography.cite(RESTORMER) == bibliography.cite(replace(RESTORMER, venue="")) == "zamir2022restormer"
    assert bibliography.render().count("@") == 1


def test_papers_of_one_author_and_year_have_keys_of_their_own():
    bibliography = Bibliography()
    first, second = (Citation(("Chen, Liangyu",), f"Simple {what}", "ECCV", 2022) for what in ("Baselines", "Things"))
    assert [bibliography.cite(first), bibliography.cite(second)] == ["chen2022simple", "chen2022simplea"]
    assert bibliography.cite(first) == "chen2022simple"


def test_a_source_on_arxiv_is_its_paper_whichever_way_it_is_written():
    bibliography = Bibliography()
    nafnet = bibliography.cite(PAPERS["2204.04676"])
    assert bibliography.cite_source("arXiv:2204.04676v4, Table 7", 2022) == nafnet
    assert bibliography.cite_source("https://arxiv.org/abs/2106.03106v2", 2021) == "wang2022uformer"
    assert bibliography.cite_source("arXiv:2504.17732v3, Table II", 2026) == "liu2025dpmambair"
    assert bibliography.cite_source("arXiv:2601.10192v1, Table 1", 2026) == "arXiv-2601-10192"
    assert bibliography.render().count("@") == 4


def test_a_file_of_a_repository_has_its_address_and_state():
    address = "https://github.com/megvii-model/HINet/blob/1fd9559ba1/figures/Rain13k%20Result.jpg"
    assert source_fields(f"{address} (CVPRW 2021)", 2021) == {
        "author": "{megvii-model}",
        "title": "{Rain13k Result.jpg of HINet}",
        "howpublished": f"\\url{{{address}}}",
        "note": "commit 1fd9559ba1; CVPRW 2021",
        "year": "2021",
    }


def test_every_published_source_has_a_title_and_an_address_or_a_paper():
    for source, year in {(number.source, number.year) for number in load_published()}:
        bibliography = Bibliography()
        bibliography.cite_source(source, year)
        text = bibliography.render()
        assert "title = {{" in text
        assert "\\url{https://" in text or "arXiv" in text
        assert f"year = {{{year}}}" in text or "author" in text


@pytest.mark.parametrize("number", PAPERS)
def test_papers_equal_the_citations_of_registered_models(number: str):
    cards = [MODELS.get(name).card.citation for name in MODELS.names()]
    known = next((each for each in cards if each and each.arxiv == number), None)
    assert known is None or known == PAPERS[number]
