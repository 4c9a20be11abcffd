"""Data sets, and the catalogue of their names."""

from __future__ import annotations

__all__ = ["DATASETS"]

DATASETS: dict[str, str] = {
    "cbsd68": "restorebench.datasets.noisy_sets:cbsd68",
    "ddn-data": "restorebench.datasets.ddn_data:ddn_data",
    "denoise": "restorebench.datasets.denoise:denoise",
    "did-data": "restorebench.datasets.did_data:did_data",
    "gopro": "restorebench.datasets.gopro:gopro",
    "hide": "restorebench.datasets.hide:hide",
    "kodak24": "restorebench.datasets.noisy_sets:kodak24",
    "lol-v1": "restorebench.datasets.lol:lol_v1",
    "lol-v2-real": "restorebench.datasets.lol:lol_v2_real",
    "lol-v2-synthetic": "restorebench.datasets.lol:lol_v2_synthetic",
    "outdoor-rain": "restorebench.datasets.outdoor_rain:outdoor_rain",
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
    "rain200h": "restorebench.datasets.rain200:rain200h",
    "rain200l": "restorebench.datasets.rain200:rain200l",
    "raindrop": "restorebench.datasets.raindrop:raindrop",
    "realblur-j": "restorebench.datasets.realblur:realblur_j",
    "realblur-r": "restorebench.datasets.realblur:realblur_r",
    "rsblur": "restorebench.datasets.rsblur:rsblur",
    "snow100k-l": "restorebench.datasets.snow100k:snow100k_l",
    "snow100k-m": "restorebench.datasets.snow100k:snow100k_m",
    "snow100k-s": "restorebench.datasets.snow100k:snow100k_s",
    "sots-indoor": "restorebench.datasets.sots:sots_indoor",
    "sots-outdoor": "restorebench.datasets.sots:sots_outdoor",
    "spa-data": "restorebench.datasets.spa_data:spa_data",
    "test100": "restorebench.datasets.test100:test100",
    "test1200": "restorebench.datasets.test1200:test1200",
    "test2800": "restorebench.datasets.test2800:test2800",
    "unpaired": "restorebench.datasets.unpaired:unpaired",
    "urban100": "restorebench.datasets.noisy_sets:urban100",
}
"""Data set name to `module:attribute`."""
