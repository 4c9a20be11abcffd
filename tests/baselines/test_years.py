"""The years by which tables group models agree with the papers that the cards name."""

from __future__ import annotations

import re

import pytest
from restorebench.bench.models.entries import MODELS

UNPUBLISHED = {"identity", "unsharp", "spandrel"}
FIRST_OF_TWO = {"richardson-lucy": 1972}
"""Found twice independently."""


def year_in(paper: str) -> int:
    """The venue's, or that of the arXiv id where there is no venue."""
    venue = re.findall(r"\b(?:19|20)\d\d\b", re.sub(r"arXiv \S+", "", paper))
    preprint = re.search(r"arXiv (\d\d)\d\d\.", paper)
    if venue:
        return int(venue[-1])
    assert preprint
    return 2000 + int(preprint[1])


@pytest.mark.parametrize("name", [name for name in MODELS.names() if "+" not in name])
def test_the_year_is_that_of_the_paper(name: str) -> None:
    card = MODELS.get(name).card
    if name in UNPUBLISHED:
        assert card.year is None
    else:
        assert card.year == FIRST_OF_TWO.get(name, year_in(card.paper))


@pytest.mark.parametrize("name", [name for name in MODELS.names() if "+" in name])
def test_the_layer_is_of_2025_and_its_control_as_old_as_the_network(name: str) -> None:
    base = MODELS.get(name.partition("+")[0]).card
    assert MODELS.get(name).card.year == (2025 if name.endswith("+pde") else base.year)
