"""Cards in `run.json` as version 0.1.0 wrote them, made into those of today.

Then a publication was one line of prose, and only the name of a model said which other one it extends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..contracts import JsonValue

__all__ = ["migrate_cards"]

YEAR = re.compile(r"\b(?:19|20)\d\d\b")
ARXIV = re.compile(r"arXiv[: ]*(\d{4}\.\d{4,5})", re.IGNORECASE)
EXTENDED = re.compile(r"(.+)[+-](?:pde|conv)")


def migrate_cards(info: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The content of a `run.json` with structured citations and with `base` in its model card.

    Nothing else is touched, and cards that already have both are left as they are.

    Args:
        info: the decoded JSON object; it is not changed.
    """
    migrated = dict(info)
    dataset, model = info.get("dataset"), info.get("model")
    if isinstance(dataset, dict) and isinstance(text := dataset.get("citation"), str):
        migrated["dataset"] = {**dataset, "citation": cited_from_prose(text, colon=True) or _as_title(text)}
    if isinstance(model, dict):
        migrated["model"] = _with_base(_with_citation(model))
    return migrated


def _with_citation(card: dict[str, JsonValue]) -> dict[str, JsonValue]:
    paper = card.get("paper")
    if "citation" in card or not isinstance(paper, str):
        return card
    citation = cited_from_prose(paper)
    return {**card, "citation": citation, "paper": "" if citation else paper}


def _with_base(card: dict[str, JsonValue]) -> dict[str, JsonValue]:
    name = card.get("name")
    extended = EXTENDED.fullmatch(name) if isinstance(name, str) and "base" not in card else None
    return {**card, "base": extended[1]} if extended else card


def _as_title(text: str) -> JsonValue:
    return {"authors": [], "title": text} if text else None


def cited_from_prose(text: str, *, colon: bool = False) -> dict[str, JsonValue] | None:
    """The fields of `Authors, Title, Venue Year, arXiv id`, as model cards had it; `None` for any other text.

    Args:
        text: the line.
        colon: whether `Authors: Title, Venue Year.`, as cards of data sets had it, is understood as well. In a model
            card `Lee, Restormer: Efficient` has one author.

    >>> cited_from_prose("Nah, Kim: Deep, Deeper, CVPR 2017.", colon=True)["title"]
    'Deep, Deeper'
    >>> cited_from_prose("Tukey, Exploratory Data Analysis, 1977; scipy.ndimage.median_filter") is None
    True
    """
    names, parts = _split(text.strip().removesuffix("."), colon=colon)
    arxiv = ARXIV.search(text)
    place = next((index for index, part in enumerate(parts) if index and _is_venue(part)), None)
    if place is None and arxiv:
        place = next((index for index, part in enumerate(parts) if index and ARXIV.match(part)), None)
    if not names or place is None or ";" in text:
        return None
    venue = "" if ARXIV.match(parts[place]) else parts[place]
    year = YEAR.search(venue)
    citation: dict[str, JsonValue] = {
        "authors": _authors(names),
        "title": ", ".join(parts[:place]),
        "venue": YEAR.sub("", venue).strip(),
        "year": int(year[0]) if year else None,
    }
    return {**citation, "arxiv": arxiv[1]} if arxiv else citation


def _split(text: str, *, colon: bool) -> tuple[list[str], list[str]]:
    """Authors, and the parts of the rest."""
    before, found, after = text.partition(": ")
    if colon and found and all(map(_is_name, before.split(", "))):
        return before.split(", "), after.split(", ")
    parts = text.split(", ")
    count = next((place for place, part in enumerate(parts) if not _is_name(part)), 0)
    return parts[:count], parts[count:]


def _authors(names: list[str]) -> list[JsonValue]:
    last = names[-1]
    return [*names[:-1], last.removesuffix(" et al."), "others"] if last.endswith(" et al.") else [*names]


def _is_venue(part: str) -> bool:
    return YEAR.search(part) is not None and ARXIV.match(part) is None


def _is_name(part: str) -> bool:
    """Whether a part of the line is an author: at most two words, or one before `et al.`; a title has more."""
    return len(part.removesuffix(" et al.").split()) <= 2 and ":" not in part  # noqa: PLR2004 -- given and family name
