"""A publication as one line, and its authors as a tuple."""

from __future__ import annotations

import pytest
from restorebench.bench.contracts.citations import Citation
from restorebench.bench.errors import UsageError


def test_a_citation_as_one_line():
    full = Citation(("Nah, Seungjun", "Kim, Tae Hyun"), "Deep", "CVPR", 2017, arxiv="1612.02177", doi="10.1/x")
    assert full.text == "Nah, Kim: Deep, CVPR 2017, arXiv 1612.02177, doi:10.1/x"
    assert Citation(("Nah", "others"), "Deep").text == "Nah et al.: Deep"
    assert Citation((), "Deep", year=2017).text == "Deep, 2017"
    assert Citation(("Lucy, L. B.",), "Rectification", "Journal 79(6)", 1974).text == (
        "Lucy: Rectification, Journal 79(6), 1974"
    )


def test_authors_as_one_text_are_refused():
    with pytest.raises(UsageError, match=r"The authors of 'Deep' are one text: .*\('Nah, Seungjun',\)"):
        Citation("Nah, Seungjun", "Deep")  # pyright: ignore[reportArgumentType] -- what is being tested
