"""DeblurGAN-v2: a feature pyramid on the backbone of a classifier, trained as a GAN (ICCV 2019)."""

from __future__ import annotations

from .models import deblurganv2_inception, deblurganv2_mobilenet
from .pyramid import Generator

__all__ = ["Generator", "deblurganv2_inception", "deblurganv2_mobilenet"]
