"""The years by which tables group models, written down by hand from the papers."""

from __future__ import annotations

import pytest
from restorebench.bench.models.entries import MODELS

YEARS = {
    "adair": 2025,
    "convir": 2024,
    "dark": 2011,
    "deblurganv2": 2019,
    "denoising": 2023,
    "dmphn": 2019,
    "drsformer": 2023,
    "fftformer": 2023,
    "hinet": 2021,
    "irsde": 2023,
    "mlwnet": 2024,
    "mimo": 2021,
    "mprnet": 2021,
    "nafnet": 2022,
    "nerd": 2024,
    "opir": 2026,
    "prenet": 2019,
    "prn": 2019,
    "promptir": 2023,
    "refusion": 2023,
    "restormer": 2022,
    "stripformer": 2022,
    "median": 1977,
    "richardson": 1972,
    "tv": 2004,
    "wiener": 2010,
    "x": 2024,
    "identity": None,
    "spandrel": None,
    "unsharp": None,
}  # fmt: skip -- a table
"""First word of the name to the year of the venue, or of the preprint where there is no venue."""


def year_of(name: str) -> int | None:
    return YEARS[name.partition("+")[0].partition("-")[0].partition("_")[0]]


@pytest.mark.parametrize("name", MODELS.names())
def test_the_year_is_that_of_the_paper(name: str) -> None:
    assert MODELS.get(name).card.year == (2025 if name.endswith(("+pde", "+pde-global")) else year_of(name))


@pytest.mark.parametrize("name", [name for name in MODELS.names() if "+" in name])
def test_a_model_with_a_layer_or_its_control_names_its_base(name: str) -> None:
    assert MODELS.get(name).card.base == name.partition("+")[0]


@pytest.mark.parametrize("name", [name for name in MODELS.names() if "+" not in name])
def test_the_others_stand_for_themselves(name: str) -> None:
    assert MODELS.get(name).card.base == ""
