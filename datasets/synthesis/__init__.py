"""Motion blur and rain from physical models in linear light, for demonstrations and training crops.

Both take (H, W, 3) images and a `numpy.random.Generator`; the same seed gives the same image. A uint8 image is sRGB
and returned as such; a floating-point image is linear light, 1 = white, and returned as float64, not clipped. Only
uniform and normal random numbers are used, whose algorithms do not branch on the last bit of a library's logarithm.
"""

from __future__ import annotations

from .light import SensorNoise
from .motion import MotionBlur, motion_blur
from .rain import Rain, rain

__all__ = ["MotionBlur", "Rain", "SensorNoise", "motion_blur", "rain"]
