"""The picture of the README: light, described, and of what the quickstart shows."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from PIL import Image
from restorebench.bench.cli.quickstart import STUDIES
from restorebench.bench.runs.run import find_runs
from restorebench.reports.page.page import write_report

ROOT = Path(__file__).parents[1]
RECORDED = ROOT / "docs" / "data" / "quickstart" / "quickstart-rain"
picture = pytest.importorskip("picture", reason="needs playwright")


def test_the_readme_shows_it_and_says_what_is_on_it() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    ((said, path),) = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", text)
    assert (ROOT / path) == picture.PICTURE
    counted = {5: "five", 6: "six", 7: "seven", 8: "eight"}
    assert f"of {counted[len(STUDIES['quickstart-rain'])]} models" in said


def test_it_is_light_and_legible() -> None:
    assert picture.PICTURE.stat().st_size < 200_000
    with Image.open(picture.PICTURE) as image:
        assert image.width >= 1000
        corner = image.convert("RGB").getpixel((2, 2))
    assert corner == (255, 255, 255)


def test_the_quickstart_has_what_it_shows() -> None:
    dataset, protocol = picture.SHOWN["set"].split()
    runs = find_runs(RECORDED)
    assert {run.dataset for run in runs} == {dataset}
    assert {run.protocol for run in runs} == {protocol}
    assert picture.SHOWN["image"] in {record.key for record in runs[0].records}
    assert picture.SHOWN["right"] in {run.info.model.title for run in runs}


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, picture.BROWSERS)), reason="needs chromium")
def test_it_is_cut_out_of_the_page_where_the_viewer_is(tmp_path: Path) -> None:
    write_run(tmp_path / "runs", FakeRun(psnr=29.5, ssim=0.9), pictures=range(2))
    (run,) = find_runs(tmp_path / "runs")
    report = write_report([run], tmp_path / "report")
    key = run.records[1].key
    shown = {**picture.SHOWN, "set": f"{run.dataset} {run.protocol}", "image": key, "right": run.info.model.title}
    with Image.open(io.BytesIO(picture.taken(report, shown))) as image:
        assert image.mode == "P"
        assert image.width == pytest.approx(picture.WIDTH, abs=80)
        colours = image.convert("RGB").getcolors(1 << 20)
    assert colours is not None
    assert len(colours) > 20  # more than letters on white
    with pytest.raises(LookupError, match="does not show no-such-image"):
        picture.taken(report, {**shown, "image": "no-such-image"})
