"""Cards: the year of a model, and what cards of 0.1.0 may still be given."""

from __future__ import annotations

from restorebench.bench.contracts import Citation, DatasetCard, ModelCard


def test_the_year_of_a_model_is_that_of_its_citation_unless_it_says_otherwise():
    citation = Citation(("Nah",), "Deep", year=2017)
    assert ModelCard("a", "A", "deblurring", citation=citation).year == 2017
    assert ModelCard("a", "A", "deblurring", citation=citation, year=2019).year == 2019
    assert ModelCard("a", "A", "deblurring").year is None


def test_a_card_of_0_1_0_with_words_for_a_paper_still_works():
    assert ModelCard("a", "A", "deblurring", "Family", "Somebody, 2019", 2019).reference == "Somebody, 2019"
    words = DatasetCard("a", "A", "deraining", None, "rgb@1", (), "", "", "", "Somebody, 2019")  # pyright: ignore[reportArgumentType] -- the text that 0.1.0 took
    assert words.citation == Citation((), "Somebody, 2019")
    assert DatasetCard("a", "A", "deraining", None, "rgb@1", (), "", "", "").citation is None
