"""Data sets, and the catalogue of their names."""

from __future__ import annotations

__all__ = ["DATASETS"]

DATASETS: dict[str, str] = {
    "denoise": "restorebench.datasets.denoise:denoise",
    "gopro": "restorebench.datasets.gopro:gopro",
    "hide": "restorebench.datasets.hide:hide",
    "known-motion": "restorebench.datasets.known_motion:known_motion",
    "paired": "restorebench.datasets.paired:paired",
    "photographs-train": "restorebench.datasets.photographs_train:photographs_train",
    "quickstart-all": "restorebench.datasets.quickstart:quickstart_all",
    "quickstart-blur": "restorebench.datasets.quickstart:quickstart_blur",
    "quickstart-haze": "restorebench.datasets.quickstart:quickstart_haze",
    "quickstart-noise": "restorebench.datasets.quickstart:quickstart_noise",
    "quickstart-rain": "restorebench.datasets.quickstart:quickstart_rain",
    "quickstart-snow": "restorebench.datasets.quickstart:quickstart_snow",
    "rain100h": "restorebench.datasets.rain100h:rain100h",
    "rain100l": "restorebench.datasets.rain100l:rain100l",
    "rain12": "restorebench.datasets.rain12:rain12",
    "rain1400": "restorebench.datasets.rain1400:rain1400",
    "realblur-j": "restorebench.datasets.realblur:realblur_j",
    "realblur-r": "restorebench.datasets.realblur:realblur_r",
    "test100": "restorebench.datasets.test100:test100",
    "test1200": "restorebench.datasets.test1200:test1200",
    "test2800": "restorebench.datasets.test2800:test2800",
    "unpaired": "restorebench.datasets.unpaired:unpaired",
}
"""Data set name to `module:attribute`."""
