"""A BibTeX file for a table: the publications of its models and the sources of its published numbers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace

from ...bench.contracts import Citation, ModelCard
from ..board.board import Board, Row
from .latex import escape_latex
from .sheet import Sheet

__all__ = ["bibtex", "citation_key", "cited", "render_bibliography"]

LONGEST_KEY = 60
CONFERENCES = re.compile(
    r"\b(?:AAAI|ACCV|BMVC|CVPR|CVPRW|ECCV|ICASSP|ICCV|ICCVW|ICIP|ICLR|ICME|ICML|IJCAI|NeurIPS|NIPS|SIGGRAPH|WACV)\b"
    r"|\b(?:Conference|Proceedings|Symposium|Workshops?)\b",
    re.IGNORECASE,
)
"""Venues with proceedings; any other venue is a journal."""


def cited(sheet: Sheet, board: Board) -> Sheet:
    """The sheet with the keys of `render_bibliography` beside its models and its published numbers."""
    keys = {row.title: citation_key(row.model) for row, card in _cards(board) if card.reference}
    rows = tuple(replace(row, citation=keys.get(row.title, "")) for row in sheet.rows)
    return replace(sheet, rows=rows, sources=tuple(citation_key(source) for source in _sources(board)))


def render_bibliography(board: Board) -> str:
    """One entry per model with a publication and per source, in the order of the table."""
    entries = {
        key: _entry(key, card) for row, card in _cards(board) if card.reference and (key := citation_key(row.model))
    }
    entries |= {key: _misc(key, source) for source in _sources(board) if (key := citation_key(source))}
    return "\n".join(entries.values())


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
    fields = {
        "key": "" if citation.authors else escape_latex(citation.title),
        "author": " and ".join(map(escape_latex, citation.authors)),
        "title": f"{{{escape_latex(citation.title)}}}",
        **venue,
        "year": str(citation.year or ""),
        "eprint": citation.arxiv,
        "archivePrefix": "arXiv" if citation.arxiv else "",
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
        return "inproceedings", {"booktitle": escape_latex(venue)}
    parts = re.fullmatch(r"(?P<journal>.*?)(?: (?P<volume>\d+)(?:\((?P<number>\d+)\))?)?", venue)
    named = parts.groupdict(default="") if parts else {"journal": venue}
    return "article", {name: escape_latex(value) for name, value in named.items()}


def _entry(key: str, card: ModelCard) -> str:
    return bibtex(key, card.citation) if card.citation is not None else _misc(key, card.paper)


def _misc(key: str, text: str) -> str:
    return _written("misc", key, {"key": escape_latex(text), "title": f"{{{escape_latex(text)}}}"})


def _written(kind: str, key: str, fields: Mapping[str, str]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join((f"@{kind}{{{key},", *lines, "}", ""))


def _cards(board: Board) -> list[tuple[Row, ModelCard]]:
    return [(row, next(iter(row.entries.values())).run.info.model) for row in board.rows]


def _sources(board: Board) -> list[str]:
    matches = (
        value.published
        for row in board.rows
        for _, entry in sorted(row.entries.items())
        for value in entry.values.values()
    )
    return list(dict.fromkeys(match.number.source for match in matches if match))
