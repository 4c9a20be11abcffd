"""Published multiply-accumulates of the registered networks, each with its source and how to reproduce it.

The figures are for one 256x256 image. The convention of `bench.profiling` that gives each figure was found by counting
the networks; figures that no convention matches to half a percent are listed as unexplained, with a remark.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..bench.profiling.macs.records import Convention

__all__ = ["PUBLISHED_COSTS", "PublishedCost"]


@dataclass(frozen=True, slots=True)
class PublishedCost:
    """A published number of multiply-accumulates."""

    model: str
    """Registered name of the variant that the figure refers to."""

    gmacs: float
    source: str
    """Where to look it up: a URL, or a table or section of an identified paper."""

    convention: Convention | None
    """Convention that reproduces the figure; `None` if none does."""

    per_step: bool = False
    """Whether the figure refers to one step of an iterative sampler."""

    remark: str = ""


_NAFNET = "arXiv:2204.04676v4"
_CONVIR = "https://github.com/c-yn/ConvIR/blob/05dcbffa20/README.md"
_AS_THOP: Convention = "conv+linear, transposed at output"

PUBLISHED_COSTS: tuple[PublishedCost, ...] = (
    PublishedCost(
        "nafnet-width32-notlc",
        16,
        f"{_NAFNET}, Section 5.1",
        "conv+linear+matmul",
        remark="by ptflops, which also adds biases and elementwise work: 16.11 today",
    ),
    PublishedCost(
        "nafnet-width64-notlc",
        65,
        f"{_NAFNET}, Table 7",
        None,
        remark="by ptflops, which gives 63.36 today: 2.5 % less",
    ),
    PublishedCost(
        "restormer",
        141,
        "https://github.com/Andrew0613/X-Restormer/blob/7f6be390f7/readme_draft.md",
        "conv",
        remark="Restormer's authors count with KAIR's tool, which sees Conv2d modules only",
    ),
    PublishedCost("restormer", 154.88, "arXiv:2504.17732v3, Table IV", "conv+linear+matmul"),
    PublishedCost(
        "restormer",
        140,
        f"{_NAFNET}, Table 7",
        None,
        remark="0.7 % below the convolutions' 140.99: perhaps its digits cut off",
    ),
    PublishedCost(
        "hinet-deblur",
        170.7,
        f"{_NAFNET}, Table 7",
        "conv+linear, transposed at output",
        remark="157.6 of multiply-accumulates proper",
    ),
    PublishedCost(
        "x-restormer",
        164.3,
        "https://github.com/Andrew0613/X-Restormer/blob/7f6be390f7/readme_draft.md",
        "conv",
        remark="said to be for 64x64; it is the count at 256x256",
    ),
    PublishedCost("convir", 129.34, _CONVIR, _AS_THOP),
    PublishedCost("convir-b", 71.22, _CONVIR, _AS_THOP),
    PublishedCost("convir-s", 42.1, _CONVIR, _AS_THOP),
)
"""Published costs, in the order of comparison tables."""
