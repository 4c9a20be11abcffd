"""A BibTeX file for a table: the publications of its models and the sources of its published numbers."""

from __future__ import annotations

import hashlib
import re
import string
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace

from ...bench.contracts import Citation, ModelCard
from ..board.board import Board, Row
from .latex import escape_bibtex
from .papers import PAPERS
from .registered import dataset_citation, model_citation
from .sheet import Sheet
from .sources import source_fields

__all__ = ["Bibliography", "bibtex", "citation_key", "cited", "paper_key"]

ARXIV = re.compile(r"arxiv(?:\.org/\w+/|:)(?P<number>\d{4}\.\d{4,5})", re.IGNORECASE)
LONGEST_KEY = 60
CONFERENCES = re.compile(
    r"\b(?:AAAI|ACCV|BMVC|CVPR|CVPRW|ECCV|ICASSP|ICCV|ICCVW|ICIP|ICLR|ICME|ICML|IJCAI|NeurIPS|NIPS|SIGGRAPH|WACV)\b"
    r"|\b(?:Conference|Proceedings|Symposium|Workshops?)\b",
    re.IGNORECASE,
)
"""Venues with proceedings; any other venue is a journal."""


class Bibliography:
    """Entries in the order in which they are cited, one for each paper and source."""

    def __init__(self) -> None:
        self._entries: dict[str, str] = {}
        """Text by key."""

        self._keys: dict[Citation | str, str] = {}
        """Key by what is cited; a paper on arXiv is its number."""

    def cite(self, cited: Citation) -> str:
        """The key of a paper: `chen2022simple`."""
        known = cited.arxiv or cited
        if known not in self._keys:
            self._keys[known] = self._add(paper_key(cited), lambda key: bibtex(key, cited))
        return self._keys[known]

    def cite_text(self, text: str) -> str:
        """The key of a publication that is known in words only."""
        if text not in self._keys:
            self._keys[text] = self._add(citation_key(text), lambda key: _misc(key, text))
        return self._keys[text]

    def cite_source(self, source: str, year: int | None) -> str:
        """The key of the source of a published number: its paper where that is known, or else a web page."""
        found = ARXIV.search(source)
        known = found["number"] if found else source
        if known in PAPERS:
            return self.cite(PAPERS[known])
        if known not in self._keys:
            text = f"arXiv:{found['number']}" if found else source
            self._keys[known] = self._add(
                citation_key(text), lambda key: _written("misc", key, source_fields(text, year))
            )
        return self._keys[known]

    def render(self) -> str:
        """The content of the file."""
        return "\n".join(self._entries.values())

    def _add(self, key: str, entry: Callable[[str], str]) -> str:
        taken = [key, *(f"{key}{letter}" for letter in string.ascii_lowercase)]
        free = next(each for each in taken if each not in self._entries)
        self._entries[free] = entry(free)
        return free


def cited(sheet: Sheet, board: Board, bibliography: Bibliography) -> Sheet:
    """The sheet with keys beside its models, its data sets and its published numbers."""
    keys = {row.title: _cite_card(card, bibliography) for row, card in _cards(board) if card.reference}
    rows = tuple(replace(row, citation=keys.get(row.title, "")) for row in sheet.rows)
    datasets = [_dataset(board, index) for index in range(len(board.columns))]
    columns = tuple(
        replace(column, citation=bibliography.cite(each) if each else "")
        for column, each in zip(sheet.columns, datasets, strict=True)
    )
    sources = dict.fromkeys(bibliography.cite_source(*source) for source in _sources(board))
    return replace(sheet, rows=rows, columns=columns, sources=tuple(sources))


def paper_key(cited: Citation) -> str:
    """Family name of the first author, year, and first word of the title, as search engines name papers.

    >>> paper_key(Citation(("López-Tapia, Santiago",), "The PDE of Images", year=2025))
    'lopeztapia2025pde'
    """
    family = cited.authors[0].partition(",")[0] if cited.authors else ""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", _ascii(cited.title)) if word]
    word = next((word for word in words if word.lower() not in {"a", "an", "the", "on"}), "")
    key = f"{re.sub(r'[^A-Za-z0-9]', '', _ascii(family))}{cited.year or ''}{word}".lower()
    return key or citation_key(cited.title)


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def citation_key(name: str) -> str:
    """A key that BibTeX and LaTeX accept; long names and names in other scripts get a hash.

    >>> citation_key("arXiv:2204.04676v4, Table 7"), citation_key("nafnet-width64[a=b]")
    ('arXiv-2204-04676v4-Table-7', 'nafnet-width64-a-b')
    """
    safe = re.sub(r"[^A-Za-z0-9]+", "-", name.removeprefix("https://")).strip("-")
    if 0 < len(safe) <= LONGEST_KEY and name.isascii():
        return safe
    return f"{safe[:LONGEST_KEY]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}".lstrip("-")


def bibtex(key: str, citation: Citation) -> str:
    """One entry: `@inproceedings` for a conference, `@article` for a journal, `@misc` for a preprint or a book.

    Fields that the citation leaves empty are left out. A title stands in double braces, which keep its capitals.
    """
    kind, venue = _venue(citation.venue)
    preprint = kind == "misc" and bool(citation.arxiv)
    fields = {
        "key": "" if citation.authors else escape_bibtex(citation.title),
        "author": " and ".join(map(escape_bibtex, citation.authors)),
        "title": f"{{{escape_bibtex(citation.title)}}}",
        **venue,
        "year": str(citation.year or ""),
        # Few styles print the eprint of a preprint, which has nothing else to be found by.
        "howpublished": f"arXiv:{citation.arxiv}" if preprint else "",
        "eprint": "" if preprint else citation.arxiv,
        "archivePrefix": "arXiv" if citation.arxiv and not preprint else "",
        "doi": citation.doi,
        "url": citation.url,
    }
    return _written(kind, key, fields)


def _venue(venue: str) -> tuple[str, dict[str, str]]:
    """Entry type, and the fields that name the venue.

    >>> _venue("The Astronomical Journal 79(6)")
    ('article', {'journal': 'The Astronomical Journal', 'volume': '79', 'number': '6'})
    """
    if not venue:
        return "misc", {}
    if CONFERENCES.search(venue):
        return "inproceedings", {"booktitle": escape_bibtex(venue)}
    parts = re.fullmatch(r"(?P<journal>.*?)(?: (?P<volume>\d+)(?:\((?P<number>\d+)\))?)?", venue)
    named = parts.groupdict(default="") if parts else {"journal": venue}
    return "article", {name: escape_bibtex(value) for name, value in named.items()}


def _cite_card(card: ModelCard, bibliography: Bibliography) -> str:
    citation = model_citation(card)
    return bibliography.cite(citation) if citation is not None else bibliography.cite_text(card.paper)


def _dataset(board: Board, index: int) -> Citation | None:
    entries = (row.entries[index] for row in board.rows if index in row.entries)
    return next((dataset_citation(entry.run.info.dataset) for entry in entries), None)


def _misc(key: str, text: str) -> str:
    return _written("misc", key, {"key": escape_bibtex(text), "title": f"{{{escape_bibtex(text)}}}"})


def _written(kind: str, key: str, fields: Mapping[str, str]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join((f"@{kind}{{{key},", *lines, "}", ""))


def _cards(board: Board) -> list[tuple[Row, ModelCard]]:
    return [(row, next(iter(row.entries.values())).run.info.model) for row in board.rows]


def _sources(board: Board) -> list[tuple[str, int | None]]:
    """Every source of a number in brackets, with its year."""
    matches = (
        value.published
        for row in board.rows
        for _, entry in sorted(row.entries.items())
        for value in entry.values.values()
    )
    return list(dict.fromkeys((match.number.source, match.number.year) for match in matches if match))
