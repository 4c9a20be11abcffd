"""Motion blur, rain, snow, haze and noise for demonstrations and training crops.

All but white noise are physical models in linear light.

All take (H, W, 3) images and a `numpy.random.Generator`; the same seed gives the same image. A uint8 image is sRGB
and returned as such; a floating-point image is linear light, 1 = white, and returned as float64, not clipped. Only
uniform and normal random numbers are used, whose algorithms do not branch on the last bit of a library's logarithm.
"""

from __future__ import annotations

from .degradations import DegradationName, degrade
from .haze import Haze, haze
from .light import SensorNoise
from .motion import MotionBlur, motion_blur
from .noise import gaussian_noise
from .rain import Rain, rain
from .snow import Snow, snow

__all__ = [
    "DegradationName",
    "Haze",
    "MotionBlur",
    "Rain",
    "SensorNoise",
    "Snow",
    "degrade",
    "gaussian_noise",
    "haze",
    "motion_blur",
    "rain",
    "snow",
]
