"""ConvIR: a convolutional U-net on three scales whose filters depend on the image (TPAMI 2024)."""

from __future__ import annotations

from .models import convir, convir_b, convir_derain, convir_nano, convir_s
from .network import ConvIR, ConvIRConfig

__all__ = ["ConvIR", "ConvIRConfig", "convir", "convir_b", "convir_derain", "convir_nano", "convir_s"]
