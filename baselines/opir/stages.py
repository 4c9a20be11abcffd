"""What both stages of OPIR give, and the unit of the uncertainty between them."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

__all__ = ["Stages"]

SMALLEST_SCALE = 1 / 1020
"""Mean absolute error of rounding to 8 bit, below which no error of a first stage can be expected."""

MIDDLE_SCALE = 0.02
"""Expected error at which the uncertainty is 1/2."""

LARGEST_LOGIT = 4.0
"""Logit above which the expected error rises no further, at about 1."""


class Stages(NamedTuple):
    """Output of both stages."""

    first: Tensor
    """First image, (N, 3, H, W)."""

    logit: Tensor
    """Logit of the uncertainty of the first image, (N, 1, H, W)."""

    second: Tensor
    """Second image, (N, 3, H, W)."""

    @property
    def uncertainty(self) -> Tensor:
        """Uncertainty of the first image, (N, 1, H, W) in [0, 1]."""
        return self.logit.sigmoid()

    @property
    def expected_error(self) -> Tensor:
        """Mean absolute error of the first image as predicted, (N, 1, H, W), in the unit of the image.

        It is the scale b of a Laplace distribution, with u = b / (b + MIDDLE_SCALE) apart from the smallest b.
        """
        return SMALLEST_SCALE + MIDDLE_SCALE * self.logit.clamp(max=LARGEST_LOGIT).exp()
