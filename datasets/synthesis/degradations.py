"""The degradations by name, with parameters drawn from the ranges that training and demonstrations share."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ...bench.contracts import UInt8Image
from .haze import Haze, haze
from .motion import MotionBlur, motion_blur
from .noise import gaussian_noise
from .rain import Rain, rain
from .snow import Snow, snow

__all__ = ["DegradationName", "degrade"]

DegradationName = Literal["blur", "rain", "snow", "haze", "noise"]


def degrade(image: UInt8Image, name: DegradationName, rng: np.random.Generator) -> UInt8Image:
    """Degrade an sRGB image (H, W, 3) by a degradation of random strength.

    Blur paths are 8 to 20 pixels long; rain is a cloudburst of 80 to 180 mm/h; snow falls with 1 to 4 mm/h of melted
    water; haze has a visibility of 120 to 300 m over a scene 5 to 60 m away; white noise has a standard deviation of 15
    to 50 grey levels.
    """
    if name == "noise":
        return gaussian_noise(image, rng, sigma=rng.uniform(15, 50))
    if name == "blur":
        return motion_blur(image, rng, MotionBlur(length=rng.uniform(8, 20), tremor=rng.uniform(0.3, 1.0)))
    if name == "rain":
        rate, wind, exposure = rng.uniform(80, 180), rng.uniform(-3, 3), rng.uniform(1 / 250, 1 / 100)
        return rain(image, rng, Rain(rate=rate, wind=wind, exposure=exposure, distance=5.0))
    if name == "snow":
        rate, wind, exposure = rng.uniform(1, 4), rng.uniform(-2, 2), rng.uniform(1 / 300, 1 / 100)
        return snow(image, rng, Snow(rate=rate, wind=wind, exposure=exposure, distance=10.0))
    visibility, light, roll = rng.uniform(120, 300), rng.uniform(0.45, 0.75), rng.uniform(-15, 15)
    return haze(image, rng, Haze(visibility=visibility, airlight=(0.97 * light, light, 1.04 * light), roll=roll))
