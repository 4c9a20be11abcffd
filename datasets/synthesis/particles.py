"""Particles that move through the view while the shutter is open: what rain and snow have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .light import splat

__all__ = ["Particles", "Values", "draw_streaks"]

Values: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Particles:
    """Round particles as arrays with one entry per particle, in pixels."""

    x: Values
    y: Values
    """Centre of the streak."""

    along_x: Values
    along_y: Values
    """Vector from one end of the streak to the other."""

    width: Values
    """Diameter of the image of the particle, defocus included."""

    area: Values
    """Covered area, pixels^2."""


def draw_streaks(particles: Particles, shape: tuple[int, int]) -> Values:
    """Sum the areas of all particles, (H, W): even along each streak, and like the chords of a disc across it."""
    length = np.hypot(particles.along_x, particles.along_y)
    steps = np.ceil(2 * length).astype(np.int64) + 1
    lanes = np.ceil(2 * particles.width).astype(np.int64)
    count = steps * lanes
    particle = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(particle)) - np.repeat(np.cumsum(count) - count, count)
    along = (number // lanes[particle] + 0.5) / steps[particle] - 0.5
    across = (number % lanes[particle] + 0.5) / lanes[particle] - 0.5
    chord = np.sqrt(1 - 4 * across**2)
    weight = chord * (particles.area / np.bincount(particle, chord))[particle]
    sideways = across * (particles.width / length)[particle]
    x = particles.x[particle] + along * particles.along_x[particle] - sideways * particles.along_y[particle]
    y = particles.y[particle] + along * particles.along_y[particle] + sideways * particles.along_x[particle]
    return splat(x, y, weight, shape)
