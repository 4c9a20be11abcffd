"""Motion blur and rain from physical models, in linear light, for demonstrations and for training crops.

Both take (H, W, 3) images and a `numpy.random.Generator`, so the same seed makes the same image. An uint8 image is
sRGB and comes back as such; a floating one is linear light, 1 = white, and comes back as float64, not clipped. Random
numbers are uniform and normal ones only, whose algorithms do not branch on the last bit of a library's logarithm.
"""

from __future__ import annotations

from .light import SensorNoise
from .motion import MotionBlur, motion_blur
from .rain import Rain, rain

__all__ = ["MotionBlur", "Rain", "SensorNoise", "motion_blur", "rain"]
