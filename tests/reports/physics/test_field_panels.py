"""The fields of physics layers in a report: drawn from run folders, small, and only where they were kept."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.report_runs import FakeRun, made_fields, write_run
from matplotlib import colormaps
from matplotlib.colors import to_hex
from PIL import Image
from restorebench.bench.errors import RunFolderError
from restorebench.bench.models.physics.maps import fields_path
from restorebench.bench.runs.run import find_runs
from restorebench.reports.page.page import write_report, write_single_file
from restorebench.reports.physics.field_panels import arrows_svg, paint
from restorebench.reports.physics.fields import SEQUENTIAL, SIGNED, drift_arrows

NANO = FakeRun(model="nafnet-nano", title="NAFNet-nano", family="NAFNet", psnr=26.0)
PDE = replace(NANO, model="nafnet-nano+pde", title="NAFNet-nano + PDE", psnr=26.5, weights="b" * 64)
KINDS = ("drift", "dx", "dy", "source")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    write_run(tmp_path, NANO, pictures=range(3))
    write_run(tmp_path, PDE, pictures=range(3), fields=(0, 2, 7))
    return tmp_path


def data_of(page: Path) -> dict[str, Any]:
    text = page.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="restorebench-data">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def pictures(page: Path) -> dict[str, dict[str, Any]]:
    return {picture["key"]: picture for picture in data_of(page)["galleries"]["0"]["pictures"]}


def test_fields_are_drawn_for_the_model_and_the_pictures_that_have_them(out: Path) -> None:
    page = write_report(find_runs(out), out / "report")
    shown = pictures(page)
    assert {key for key, picture in shown.items() if "fields" in picture} == {"seq00/000000", "seq00/000002"}
    assert "fields" not in shown["seq00/000001"]
    [(row, facts)] = shown["seq00/000002"]["fields"].items()
    assert data_of(page)["rows"][int(row)]["model"] == PDE.model
    assert (facts["steps"], facts["time"], facts["untrained"], facts["cells"]) == (8, 1.0, False, [20, 15])
    assert (facts["drift"], facts["dx"], facts["dy"]) == (0.25, [0.1, 0.29], [0.1, 0.24])
    assert facts["source"] == [-28.5, 28.5]
    assert list(facts["files"]) == list(KINDS)
    assert all((page.parent / address).is_file() for address in facts["files"].values())
    assert len(list(page.parent.rglob("*.svg"))) == 2


def test_drawings_lie_beside_the_page_or_inside_a_single_file(out: Path) -> None:
    folder = write_report(find_runs(out), out / "report")
    beside = pictures(folder)["seq00/000000"]["fields"]["0"]["files"]
    single = out / "mail.html"
    assert write_single_file(find_runs(out), single) == 0
    inside = pictures(single)["seq00/000000"]["fields"]["0"]["files"]
    assert beside["drift"].endswith(".svg")
    assert inside["drift"].startswith("data:image/svg+xml;base64,")
    assert all(inside[kind].startswith("data:image/png;base64,") for kind in KINDS[1:])
    assert len(folder.read_bytes()) < 1_000_000


def test_drawings_count_for_the_size_of_a_single_file(out: Path, tmp_path: Path) -> None:
    single, runs = tmp_path / "mail.html", find_runs(out)
    pngs = {path for picture in pictures(write_report(runs, out / "report")).values() for path in _addresses(picture)}
    bare = sum((out / "report" / path).stat().st_size for path in pngs) * 4 / 3 / 1e6
    assert write_single_file(runs, single, max_megabytes=bare + 0.001) > 0
    assert write_single_file(runs, single, max_megabytes=bare + 0.2) == 0


def _addresses(picture: dict[str, Any]) -> list[str]:
    return [picture["degraded"], picture["target"], *picture["restored"].values()]


def test_runs_without_fields_get_nothing(tmp_path: Path) -> None:
    write_run(tmp_path, NANO, pictures=range(2))
    page = write_report(find_runs(tmp_path), tmp_path / "report")
    assert not any("fields" in picture for picture in pictures(page).values())
    assert not list(page.parent.rglob("*.svg"))


def test_damaged_fields_are_told(out: Path) -> None:
    run = next(run for run in find_runs(out) if run.model == PDE.model)
    fields_path(run.path, "seq00/000000").write_bytes(b"PK")
    with pytest.raises(RunFolderError, match=r"seq00/000000\.npz cannot be read .* delete it"):
        write_report(find_runs(out), out / "report")


def test_arrows_point_where_things_drift() -> None:
    maps = replace(made_fields(0), v=np.full((15, 20), -0.25))
    arrows = drift_arrows(maps, 180, 240)
    root = ET.fromstring(arrows_svg(arrows, 240, 180))  # noqa: S314 -- our own drawing
    path = root.find(".//{*}path")
    assert path is not None
    starts = [tuple(map(float, found)) for found in re.findall(r"M([\d.]+) ([\d.]+)", path.get("d") or "")]
    shafts = [
        tuple(map(float, found)) for found in re.findall(r"M[\d.]+ [\d.]+l(-?[\d.]+) (-?[\d.]+)", path.get("d") or "")
    ]
    assert starts[:2] == [(6, 6), (18, 6)]
    assert len(shafts) == 15 * 20
    side = 12 / 2**0.5  # a cell is 12 pixels wide, and the longest arrow points to the upper right
    assert shafts[0] == pytest.approx((0, -side), abs=0.01)
    assert shafts[19] == pytest.approx((side, -side), abs=0.01)
    assert "e" not in (path.get("d") or "")


def test_a_still_layer_is_dots() -> None:
    maps = replace(made_fields(0), u=np.zeros((15, 20)))
    assert "M6 6l0 0l0 0m0 0l0 0M18 6" in arrows_svg(drift_arrows(maps, 180, 240), 240, 180)


def test_values_get_the_colours_of_the_scale(out: Path) -> None:
    field = np.array([[0.0, 0.5, 1.0]])
    expected = [[int(255 * part) for part in colormaps[SEQUENTIAL](value)[:3]] for value in field[0]]
    assert np.abs(paint(field, 0, 1, SEQUENTIAL)[0].astype(int) - expected).max() <= 1
    assert np.ptp(paint(np.zeros((2, 2)), 0, 0, SEQUENTIAL).reshape(-1, 3), axis=0).max() == 0
    page = write_report(find_runs(out), out / "report")
    files = pictures(page)["seq00/000000"]["fields"]["0"]["files"]
    image = np.asarray(Image.open(page.parent / files["source"]))
    assert image.shape == (15, 20, 3)
    assert image[0, 0, 2] > image[0, 0, 0]  # blue where the source takes away
    assert image[0, -1, 0] > image[0, -1, 2]


@pytest.mark.parametrize(("colours", "kind"), [(SEQUENTIAL, "sequential"), (SIGNED, "signed")])
def test_the_page_s_scales_have_the_drawings_colours(colours: str, kind: str) -> None:
    style = resources.files("restorebench.reports.page").joinpath("templates/report.css").read_text(encoding="utf-8")
    stops = re.search(rf"\.ramp\.{kind} {{ background: linear-gradient\(90deg, (.*?)\); }}", style)
    assert stops
    assert stops[1].split(", ") == [to_hex(colormaps[colours](place / 10)) for place in range(11)]
