"""A BibTeX file for a table: the papers of its models and the sources of its published numbers."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from ..board.board import Board, Row
from .latex import escape_latex
from .sheet import Sheet

__all__ = ["cited", "render_bibliography"]

LONGEST_KEY = 60
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
ARXIV = re.compile(r"(?:arXiv[: ]*)(\d{4}\.\d{4,5})", re.IGNORECASE)


def cited(sheet: Sheet, board: Board) -> Sheet:
    """The sheet with the keys of `render_bibliography` beside its models and its published numbers."""
    keys = {row.title: citation_key(row.model) for row, _ in _papers(board)}
    rows = tuple(replace(row, citation=keys.get(row.title, "")) for row in sheet.rows)
    return replace(sheet, rows=rows, sources=tuple(citation_key(source) for source in _sources(board)))


def render_bibliography(board: Board) -> str:
    """One entry per paper and per source, in the order of the table."""
    entries = {key: _paper(key, paper) for row, paper in _papers(board) if (key := citation_key(row.model))}
    entries |= {citation_key(source): _source(citation_key(source), source) for source in _sources(board)}
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


def _papers(board: Board) -> list[tuple[Row, str]]:
    found = ((row, next(iter(row.entries.values())).run.info.model.paper) for row in board.rows)
    return [(row, paper) for row, paper in found if paper]


def _sources(board: Board) -> list[str]:
    matches = (
        value.published
        for row in board.rows
        for _, entry in sorted(row.entries.items())
        for value in entry.values.values()
    )
    return list(dict.fromkeys(match.number.source for match in matches if match))


def _source(key: str, source: str) -> str:
    return f"@misc{{{key},\n  key = {{{escape_latex(source)}}},\n  title = {{{{{escape_latex(source)}}}}},\n}}\n"


def _paper(key: str, paper: str) -> str:
    """As structured as the card's one line is: authors, title, venue with its year, arXiv id, separated by commas."""
    arxiv = ARXIV.search(paper)
    parts = paper.split(", ")
    names = next((place for place, part in enumerate(parts) if not _is_name(part)), 0)
    venue = next((place for place, part in enumerate(parts) if place > names and YEAR.search(part)), 0)
    if not (names and venue):
        return f"@misc{{{key},\n  key = {{{key}}},\n  title = {{{{{escape_latex(paper)}}}}},\n}}\n"
    authors = " and ".join(parts[:names]).replace(" et al.", " and others")
    year = YEAR.search(parts[venue])
    lines = [
        f"  author = {{{escape_latex(authors)}}},",
        f"  title = {{{{{escape_latex(', '.join(parts[names:venue]))}}}}},",
        f"  booktitle = {{{escape_latex(parts[venue])}}},",
        f"  year = {{{year[0] if year else ''}}},",
        *([f"  eprint = {{{arxiv[1]}}},", "  archiveprefix = {arXiv},"] if arxiv else []),
    ]
    return "\n".join((f"@inproceedings{{{key},", *lines, "}", ""))


def _is_name(part: str) -> bool:
    """Whether a part of the line is an author: at most two words, or one before `et al.`; a title has more.

    >>> _is_name("Zamir"), _is_name("Zhang et al."), _is_name("Restormer: Efficient Transformer")
    (True, True, False)
    """
    return len(part.removesuffix(" et al.").split()) <= 2 and ":" not in part  # noqa: PLR2004 -- given and family name
