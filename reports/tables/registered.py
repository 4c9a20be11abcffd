"""The publications of old runs, which abridged them, as the cards of this version have them."""

from __future__ import annotations

from ...bench.contracts import Citation, DatasetCard, ModelCard
from ...bench.datasets import DATASETS
from ...bench.models.loading import MODELS
from .papers import PAPERS

__all__ = ["dataset_citation", "model_citation"]


def model_citation(card: ModelCard) -> Citation | None:
    """The publication of a model, with all its authors where this version knows them.

    Runs of 0.1.0 have `Ren and others`, or a line of prose. `None` if there is only that line.
    """
    if not _is_abridged(card.citation):
        return card.citation
    known = PAPERS.get(card.citation.arxiv) if card.citation else None
    if known is None and card.name in MODELS.names():
        known = MODELS.get(card.name).card.citation
    return _fuller(card.citation, card.paper, known)


def dataset_citation(card: DatasetCard) -> Citation | None:
    """The publication of a data set, with all its authors where this version knows them."""
    registered = _is_abridged(card.citation) and card.name in DATASETS.names()
    known = DATASETS.get(card.name).card.citation if registered else None
    return _fuller(card.citation, "", known)


def _is_abridged(citation: Citation | None) -> bool:
    return citation is None or not citation.authors or citation.authors[-1] == "others" or not citation.year


def _fuller(recorded: Citation | None, prose: str, known: Citation | None) -> Citation | None:
    """The known publication if it is the recorded one: a name that was taken for another model has another title."""
    title = (recorded.title if recorded is not None else prose).casefold()
    same = known is not None and bool(title) and (known.title.casefold() in title or title in known.title.casefold())
    return known if same else recorded
