"""Metrics that look at the restored image alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .card import MetricCard
from .metric import Measure, Metric
from .niqe import prepare_niqe

__all__ = ["NIQE", "NIQE_FLOAT64", "NIQE_GREY"]

_SOURCE = "Mittal et al., IEEE SPL 20(3), 2013; XPixelGroup/BasicSR basicsr/metrics/niqe.py"
_CALIBRATION = "mean and covariance of 36 features of 96x96 blocks of pristine photographs"
_NOTES = (
    (
        "Ill-conditioned where an image is flat or saturated: rounding noise moves it by up to 0.17 there. Never rank"
        " on differences below about 0.1."
    ),
    (
        "Needs 2 blocks of 96x96 pixels; below 37 the covariance is singular, and with 2 to 6 blocks the score moves by"
        " several tenths. The record has the number of blocks."
    ),
    "Only whole blocks count: the remainders at the right and bottom are dropped.",
    (
        "Three numbers are called NIQE: by BasicSR on luma, by others on grey (up to 0.9 apart, typically 0.1), and by"
        " MATLAB's toolbox with another model (7.2 against 15.8 on the same image)."
    ),
)


def _niqe(name: str, title: str, prepare: Callable[[object], Measure], formula: str) -> Metric:
    return Metric(
        name=name,
        title=title,
        digits=2,
        higher_is_better=False,
        lowest=0.0,
        worth=0.1,
        needs_target=False,
        prepare=prepare,
        formula=formula,
        card=MetricCard(
            source=_SOURCE,
            hundredth="Nothing: arithmetic in float32 and in float64 differ by more.",
            licence="Apache-2.0 (BasicSR's parameters, which come with this package)",
            calibration=_CALIBRATION,
            notes=_NOTES,
        ),
    )


NIQE = _niqe(
    "niqe",
    "NIQE",
    lambda _: prepare_niqe(),
    "NIQE on limited-range Y rounded to whole levels, blocks of 96x96, float32, as BasicSR",
)
NIQE_GREY = _niqe(
    "niqe-grey",
    "NIQE (grey)",
    lambda _: prepare_niqe("grey"),
    "NIQE on OpenCV's grey rounded to whole levels, blocks of 96x96, float32, as BasicSR with convert_to='gray'",
)
NIQE_FLOAT64 = _niqe(
    "niqe-float64",
    "NIQE (float64)",
    lambda _: prepare_niqe(dtype=np.float64),
    "NIQE as `niqe`, in float64: where the two differ, the image has no well-defined NIQE",
)
