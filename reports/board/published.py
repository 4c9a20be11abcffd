"""The numbers that papers and repositories print, each with its protocol, its training data and its source."""

from __future__ import annotations

import csv
from dataclasses import astuple, dataclass
from functools import cache
from importlib import resources

__all__ = ["PublishedNumber", "load_published", "search_published"]


@dataclass(frozen=True, slots=True)
class PublishedNumber:
    """One number of one table."""

    dataset: str
    """As papers print it; `""` for the cost of a model, which belongs to no data set."""

    model: str
    metric: str
    """`PSNR`, `SSIM`, `LPIPS`, `FID`, or a cost: `params_M`, `GMACs`, ..."""

    text: str
    """The number as the source prints it, up to trailing zeros."""

    protocol: str
    """`name@version` if the source computes it by a protocol of ours; `""` if by another or an unknown one."""

    inference: str
    """`TLC`, `tiles 256`, ...; `""` where the source does not say: usually the full image."""

    trained_on: str
    """`""` where the source does not say."""

    protocol_text: str
    """How the source computes it, in words."""

    source: str
    """Where to look it up: a URL, or the table of an identified paper (`arXiv:2204.04676v4, Table 7`)."""

    year: int | None = None
    """Of the source; `None` where the source has no date."""

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self.text)


@cache
def load_published() -> tuple[PublishedNumber, ...]:
    """Every number that ships with the package, the authors' own source before tables that repeat it."""
    text = resources.files(__name__.rpartition(".")[0]).joinpath("published.csv").read_text(encoding="utf-8")
    rows = csv.reader(text.splitlines())
    next(rows)
    return tuple(PublishedNumber(*row[:-1], year=int(row[-1])) for row in rows)


def search_published(
    text: str = "", *, dataset: str = "", model: str = "", metric: str = "", protocol: str = ""
) -> list[PublishedNumber]:
    """The published numbers that fit every condition.

    Args:
        text: words that must each occur somewhere in the row.
        dataset: the whole name of the data set, in any case.
        model: part of the model's name, in any case.
        metric: the whole name of the metric, in any case.
        protocol: the whole `name@version` of the protocol.

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
