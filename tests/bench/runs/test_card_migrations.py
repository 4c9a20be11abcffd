"""Cards of version 0.1.0: prose becomes a citation where it can be taken apart, and stays words where it cannot."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from restorebench.bench.contracts import Citation, DatasetCard, ModelCard
from restorebench.bench.files.codec import decode, encode
from restorebench.bench.runs.card_migrations import cited_from_prose, migrate_cards

OLD = {
    "Zamir, Arora, Khan, Restormer: Efficient, Large Transformer, CVPR 2022, arXiv 2111.09881": {
        "authors": ["Zamir", "Arora", "Khan"],
        "title": "Restormer: Efficient, Large Transformer",
        "venue": "CVPR",
        "year": 2022,
        "arxiv": "2111.09881",
    },
    "Chen et al., Simple Baselines for Image Restoration, ECCV 2022, arXiv 2204.04676": {
        "authors": ["Chen", "others"],
        "title": "Simple Baselines for Image Restoration",
        "venue": "ECCV",
        "year": 2022,
        "arxiv": "2204.04676",
    },
    "Gao, Lei, Xu, Wang, Ma, From Physical Degradation Models to Task-Aware All-in-One Image Restoration, "
    "arXiv 2601.10192": {
        "authors": ["Gao", "Lei", "Xu", "Wang", "Ma"],
        "title": "From Physical Degradation Models to Task-Aware All-in-One Image Restoration",
        "venue": "",
        "year": None,
        "arxiv": "2601.10192",
    },
}
"""As cards of 0.1.0 had it, taken apart by hand."""

WORDS = (
    "Tukey, Exploratory Data Analysis, 1977; scipy.ndimage.median_filter",
    "Richardson, JOSA 62(1), 1972; Lucy, The Astronomical Journal 79, 1974; skimage.restoration.richardson_lucy",
    "our own",
    "",
)


@pytest.mark.parametrize("text", OLD)
def test_one_line_of_prose_becomes_a_citation(text: str):
    assert cited_from_prose(text) == OLD[text]
    migrated = migrate_cards({"model": {"name": "a", "title": "A", "task": "deblurring", "paper": text}})
    card = decode(ModelCard, migrated["model"])
    assert card.paper == ""
    assert isinstance(card.citation, Citation)
    assert card.reference.endswith(f"arXiv {OLD[text]['arxiv']}")


@pytest.mark.parametrize("text", WORDS)
def test_other_words_stay_words(text: str):
    migrated = migrate_cards({"model": {"name": "a", "title": "A", "task": "deblurring", "paper": text}})
    card = decode(ModelCard, migrated["model"])
    assert (card.paper, card.citation, card.reference) == (text, None, text)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("nafnet-nano+pde", "nafnet-nano"),
        ("mine-pde", "mine"),
        ("nafnet-nano+conv", "nafnet-nano"),
        ("nafnet-nano", ""),
        ("pde", ""),
    ],
)
def test_only_cards_without_a_base_get_one_from_their_name(name: str, base: str):
    old: Any = {"name": name, "title": "A", "task": "deblurring"}
    assert decode(ModelCard, migrate_cards({"model": old})["model"]).base == base
    assert decode(ModelCard, migrate_cards({"model": {**old, "base": ""}})["model"]).base == ""


def test_the_citation_of_a_data_set():
    def read(citation: object) -> Citation | None:
        card: Any = encode(CARD)
        raw: Any = {**card, "citation": citation}
        return decode(DatasetCard, migrate_cards({"dataset": raw})["dataset"]).citation

    assert read("") is None
    assert read("Somebody told me") == Citation((), "Somebody told me")
    assert read("Li, Tan: Rain Streaks, CVPR 2016.") == Citation(("Li", "Tan"), "Rain Streaks", "CVPR", 2016)


CARD = DatasetCard("a", "A", "deraining", None, "rgb@1", (), "", "", "")


def test_cards_of_today_and_everything_else_are_left_as_they_are():
    citation = Citation(("A, B",), "T", "CVPR", 2020)
    card = ModelCard("a+pde", "A", "deraining", citation=citation, base="b")
    raw: Any = {"model": encode(card), "dataset": encode(CARD), "selected": 3}
    before = copy.deepcopy(raw)
    assert migrate_cards(raw) == raw == before
