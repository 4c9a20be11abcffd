"""Published costs of the registered networks, with the counter used, as far as known.

The figures are for one 256x256 image. The matching convention of `bench.profiling` was found by counting the networks;
figures that no convention matches to half a percent are listed as unexplained, with a remark.
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
    convention: Convention | None
    """Convention that reproduces the figure; `None` if none does."""

    per_step: bool = False
    """Whether the figure refers to one step of an iterative sampler."""

    remark: str = ""


PUBLISHED_COSTS: tuple[PublishedCost, ...] = (
    PublishedCost(
        "nafnet-width32-notlc",
        16,
        "NAFNet README and paper",
        "conv+linear+matmul",
        remark="by ptflops (issues 37, 51), which also adds biases and elementwise work: 16.11 today",
    ),
    PublishedCost(
        "nafnet-width64-notlc",
        65,
        "NAFNet paper, table of GoPro",
        None,
        remark="by ptflops, which gives 63.36 today: 2.5 % less",
    ),
    PublishedCost("restormer", 140.99, "Restormer issues 19, 42 (KAIR's counter)", "conv"),
    PublishedCost("restormer", 141, "Restormer paper", "conv"),
    PublishedCost("restormer", 154.88, "fvcore tables of other papers", "conv+linear+matmul"),
    PublishedCost(
        "restormer",
        140,
        "NAFNet paper, table of GoPro",
        None,
        remark="0.7 % below the convolutions' 140.99: perhaps its digits cut off",
    ),
    PublishedCost(
        "stripformer",
        170,
        "Stripformer paper (as remembered)",
        "conv+linear, transposed at output",
        remark="thop gives 170.02: it also counts normalisations",
    ),
    PublishedCost("fftformer", 131.45, "FFTformer paper (as remembered)", "conv"),
    PublishedCost("fftformer", 131.8, "FFTformer in later papers (as remembered)", "conv", remark="ptflops: 131.75"),
    PublishedCost("prenet", 66.25, "every counter on the official code", "conv+linear+matmul"),
    PublishedCost("prenet_r", 66.25, "every counter on the official code", "conv+linear+matmul"),
    PublishedCost("prn", 37.258, "fvcore on the official code", "conv+linear+matmul"),
    PublishedCost("prn_r", 37.258, "fvcore on the official code", "conv+linear+matmul"),
    PublishedCost("irsde-derain", 379.33, "Refusion paper (as remembered)", "conv", per_step=True),
    PublishedCost(
        "irsde-derain",
        380.742,
        "fvcore on the official code",
        "conv+linear+matmul",
        per_step=True,
        remark="a restoration takes 100 steps",
    ),
    PublishedCost(
        "irsde-derain",
        119,
        "asked about, never confirmed",
        None,
        per_step=True,
        remark="neither a step nor a restoration",
    ),
    PublishedCost("refusion", 63.4, "Refusion paper (as remembered)", "conv+linear+matmul", per_step=True),
)
"""Published costs, in the order of comparison tables."""
