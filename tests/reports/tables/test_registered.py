from __future__ import annotations

from dataclasses import replace

import pytest
from restorebench.bench.contracts import Citation
from restorebench.bench.datasets import DATASETS
from restorebench.bench.models.loading import MODELS
from restorebench.reports.tables.registered import dataset_citation, model_citation


def abridged(citation: Citation | None) -> Citation:
    """As version 0.1.0 recorded it."""
    assert citation is not None
    return replace(citation, authors=(citation.authors[0].partition(",")[0], "others"))


@pytest.mark.parametrize("name", ["prenet", "nafnet-width32", "stripformer"])
def test_an_abridged_publication_gets_all_its_authors(name: str):
    card = MODELS.get(name).card
    assert model_citation(replace(card, citation=abridged(card.citation))) == card.citation


def test_a_line_of_prose_becomes_the_publication_that_it_names():
    card = MODELS.get("median").card
    prose = "Tukey, Exploratory Data Analysis, 1977; scipy.ndimage.median_filter"
    assert model_citation(replace(card, citation=None, paper=prose)) == card.citation


def test_a_name_that_another_model_had_keeps_its_own_publication():
    own = Citation(("Doe", "others"), "Median of Everything", "CVPR", 2024)
    assert model_citation(replace(MODELS.get("prenet").card, citation=own)) == own
    assert model_citation(replace(MODELS.get("prenet").card, citation=None, paper="A blog")) is None


def test_a_model_that_is_not_registered_is_not_looked_for_and_no_code_is_run():
    own = Citation(("Doe", "others"), "Mine", "CVPR", 2024)
    card = replace(MODELS.get("prenet").card, name="./raises.py:build", citation=own)
    assert model_citation(card) == own


def test_a_whole_publication_stays_as_it_was_recorded():
    card = MODELS.get("prenet").card
    assert card.citation is not None
    own = replace(card.citation, authors=("Somebody, Else",))
    assert model_citation(replace(card, citation=own)) == own


def test_data_sets_get_their_authors_too():
    card = DATASETS.get("gopro").card
    assert dataset_citation(replace(card, citation=abridged(card.citation))) == card.citation
    assert dataset_citation(replace(card, name="own", citation=None)) is None
