"""Results published in papers and repositories, with protocol, training data and source."""

from __future__ import annotations

import csv
from dataclasses import astuple, dataclass
from functools import cache
from importlib import resources

__all__ = ["PublishedNumber", "load_published", "search_published"]


@dataclass(frozen=True, slots=True)
class PublishedNumber:
    """One published result."""

    dataset: str
    """Name in papers; `""` for the cost of a model."""

    model: str
    metric: str
    """`PSNR`, `SSIM`, `LPIPS`, `FID`, or a cost: `params_M`, `GMACs`, ..."""

    text: str
    """The number as printed, apart from trailing zeros."""

    protocol: str
    """`name@version` if the source uses a registered protocol; `""` for another or an unknown one."""

    inference: str
    """`TLC`, `grid 256`, ...; `""` if unstated, usually the full image."""

    trained_on: str
    """Training data; `""` if unstated."""

    protocol_text: str
    """Description of the source's computation."""

    source: str
    """Where to look it up: a URL, or the table of an identified paper (`arXiv:2204.04676v4, Table 7`)."""

    year: int | None = None
    """Of the source; `None` where the source has no date."""

    secondhand: bool = False
    """Whether the source is by others than the model's authors, who copied the number or measured it again."""

    @property
    def value(self) -> float:
        """The result as a number."""
        return float(self.text)


@cache
def load_published() -> tuple[PublishedNumber, ...]:
    """Load all published results in the package; authors' own sources precede tables that repeat them."""
    text = resources.files(__name__.rpartition(".")[0]).joinpath("published.csv").read_text(encoding="utf-8")
    rows = csv.reader(text.splitlines())
    next(rows)
    return tuple(PublishedNumber(*row[:-2], year=int(row[-2]), secondhand=row[-1] == "yes") for row in rows)


def search_published(
    text: str = "", *, dataset: str = "", model: str = "", metric: str = "", protocol: str = ""
) -> list[PublishedNumber]:
    """Find the published results that match all conditions.

    Args:
        text: words that must all occur in the row.
        dataset: full name of the data set, case-insensitive.
        model: part of the model's name, case-insensitive.
        metric: full name of the metric, case-insensitive.
        protocol: full `name@version` of the protocol.

    >>> [number.text for number in search_published(model="PRN_r", dataset="rain100h", metric="psnr")]
    ['27.43']
    """
    words = text.casefold().split()
    return [
        number
        for number in load_published()
        if dataset.casefold() in ("", number.dataset.casefold())
        and metric.casefold() in ("", number.metric.casefold())
        and protocol in ("", number.protocol)
        and model.casefold() in number.model.casefold()
        and all(word in _haystack(number) for word in words)
    ]


def _haystack(number: PublishedNumber) -> str:
    return " ".join(map(str, astuple(number))).casefold()
