"""The years of published methods, by which their rows are ordered."""

from __future__ import annotations

from functools import cache

from ...bench.errors import RestorebenchError
from ...bench.models.entries import MODELS
from ..board.names import normal_name
from ..board.published import load_published

__all__ = ["method_year"]

YEARS = {
    # github.com/subeeshvasu/Awesome-Deblurring/blob/00086999fc/README.md
    "DeepDeblur": 2017,
    "DeblurGAN": 2018,
    "SRN": 2018,
    "DeblurGAN-v2": 2019,
    "DMPHN": 2019,
    "DBGAN": 2020,
    "MT-RNN": 2020,
    "SAPHN": 2020,
    "BANet": 2021,
    "DeepRFT": 2021,
    "SPAIR": 2021,
    "TTFA": 2021,
    # github.com/nnUyi/DerainZoo/blob/00eac827ee/README.md
    "DerainNet": 2017,
    "JORDER": 2017,
    "DIDMDN": 2018,
    "RESCAN": 2018,
    "SEMI": 2019,
}
"""Of methods that are neither registered nor published by their authors in the table of published numbers."""


def method_year(model: str) -> int | None:
    """Year in which a method was published; `None` if only others' tables of it are known.

    That of the registered model's paper; of the authors' own first source; of a list of papers.

    Args:
        model: name as in papers: `FFTformer +ID-Blau`.
    """
    name, base = normal_name(model), normal_name(model.partition(" (")[0].rstrip("+"))
    for years in (_registered(), _own(), _listed()):
        for each in (name, base):
            if each in years:
                return years[each]
    return None


@cache
def _registered() -> dict[str, int]:
    found: dict[str, int] = {}
    for name in MODELS.names():
        try:
            card = MODELS.get(name).card
        except RestorebenchError:  # a plug-in's; `models` says what is wrong with it
            continue
        if card.citation is not None and card.citation.year:
            for title in (card.name, card.title):
                found.setdefault(normal_name(title), card.citation.year)
    return found


@cache
def _own() -> dict[str, int]:
    found: dict[str, int] = {}
    for number in load_published():
        if number.year is not None and not number.secondhand:
            name = normal_name(number.model)
            found[name] = min(number.year, found.get(name, number.year))
    return found


@cache
def _listed() -> dict[str, int]:
    return {normal_name(name): year for name, year in YEARS.items()}
