from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from helpers.optional import known
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.cli import main
from restorebench.bench.errors import UsageError
from restorebench.bench.runs.run import find_runs
from restorebench.reports.page.site import RULE, _addresses, write_site

PRENET = FakeRun(psnr=29.4599, ssim=0.8989, trained_on="Rain100H", official_quantiser="truncate", quantiser="truncate")


@pytest.fixture
def machines(tmp_path: Path) -> list[Path]:
    """Three machines: the same run in January and March, another protocol version, another data set."""
    fakes = [
        PRENET,
        replace(PRENET, psnr=29.4799, created="2026-03-01T00:00:00Z"),
        replace(PRENET, psnr=25.0, protocol="rain100h@2"),
        replace(PRENET, dataset="gopro", images=12, model="去模糊", title="去模糊"),
    ]
    for index, fake in enumerate(fakes):
        write_run(tmp_path / f"machine-{index}", fake)
    return [tmp_path / f"machine-{index}" for index in range(len(fakes))]


def site_of(machines: list[Path], out: Path) -> dict[str, str]:
    page = write_site(find_runs(*machines), out)
    return {path.relative_to(page.parent).as_posix(): path.read_text(encoding="utf-8") for path in out.rglob("*.html")}


def test_one_page_per_data_set_and_protocol_and_one_per_model(machines: list[Path], tmp_path: Path):
    pages = site_of(machines, tmp_path / "site")
    assert sorted(pages) == [
        "datasets/gopro-gopro@1.html",
        "datasets/rain100h-rain100h@1.html",
        "datasets/rain100h-rain100h@2.html",
        "index.html",
        "models/PReNet.html",
        "models/去模糊.html",
    ]
    for address in sorted(pages)[:3] + sorted(pages)[4:]:
        assert f'href="{address}"' in pages["index.html"]


def test_the_latest_of_equal_runs_is_shown_and_the_rule_is_stated(machines: list[Path], tmp_path: Path):
    pages = site_of(machines, tmp_path / "site")
    assert RULE in unescape(pages["index.html"])
    assert '<span class="value">29.48</span>' in pages["datasets/rain100h-rain100h@1.html"]
    assert '<span class="value">29.46</span>' not in pages["datasets/rain100h-rain100h@1.html"]


def test_protocol_versions_are_kept_apart(machines: list[Path], tmp_path: Path):
    pages = site_of(machines, tmp_path / "site")
    assert "25.00" in pages["datasets/rain100h-rain100h@2.html"]
    assert "25.00" not in pages["datasets/rain100h-rain100h@1.html"]


def test_a_model_page_has_its_history_linked_to_the_runs(machines: list[Path], tmp_path: Path):
    page = site_of(machines, tmp_path / "site")["models/PReNet.html"]
    assert page.index("2026-03-01") < page.index("2026-01-02")
    assert "29.48" in page
    assert "29.4799" not in page  # the leaderboard says 29.48, and it is one number
    assert page.count("shown in the leaderboard") == 2  # one per protocol
    assert "<polyline" in page
    for index in range(3):
        href = f"../../machine-{index}/rain100h/prenet"
        assert f'href="{href}"' in page
        assert (tmp_path / "site" / "models" / href).resolve().is_dir()


def test_a_model_page_has_its_results_cost_and_worst_images(tmp_path: Path):
    write_run(tmp_path / "runs", replace(PRENET, images=4, found=4), pictures=range(4))
    write_run(tmp_path / "runs", replace(PRENET, dataset="gopro", images=30, found=30, psnr=25.0))
    worse = replace(PRENET, model="prn-r", title="PRN_r", psnr=20.0, weights="b" * 64, images=4, found=4)
    write_run(tmp_path / "runs", worse)
    (tmp_path / "runs" / "cost").mkdir()
    (tmp_path / "runs" / "cost" / "prenet.json").write_text('{"params": 168963}')
    page = unescape(site_of([tmp_path / "runs"], tmp_path / "site")["models/PReNet.html"])
    for fact in ("29.46", "0.899", "25.00", ">best<", "Params (M)</dt><dd>0.17"):
        assert fact in page
    run = find_runs(tmp_path / "runs" / "rain100h" / "prenet")[0]
    blur = known(find_runs(tmp_path / "runs" / "gopro" / "prenet")[0].info.summary).metrics["psnr"]
    assert f"{known(blur.low):.3f} to {known(blur.high):.3f}" in page
    worst = sorted(run.records, key=lambda record: known(record.metrics["psnr"]))
    keys = re.findall(r'<figcaption><a href="\.\./index\.html#[^"]*">([^<]+)</a>', page)
    assert keys == [record.key for record in worst]
    for source in re.findall(r'<img src="([^"]+)"', page):
        assert (tmp_path / "site" / "models" / source).resolve().is_file()


def test_a_second_site_leaves_nothing_of_the_first(machines: list[Path], tmp_path: Path):
    site_of(machines, tmp_path / "site")
    pages = site_of(machines[:1], tmp_path / "site")
    assert sorted(pages) == ["datasets/rain100h-rain100h@1.html", "index.html", "models/PReNet.html"]


def test_models_whose_names_fall_together_get_pages_of_their_own(tmp_path: Path):
    for index, name in enumerate(("a b", "a/b", "../../a b")):
        write_run(tmp_path / str(index), replace(PRENET, model=f"m{index}", title=name, weights=str(index) * 64))
    pages = site_of([tmp_path / str(index) for index in range(3)], tmp_path / "site")
    assert len([name for name in pages if name.startswith("models/")]) == 3


def test_a_folder_with_other_things_is_left_alone(machines: list[Path], tmp_path: Path):
    (tmp_path / "mine" / "models").mkdir(parents=True)
    with pytest.raises(UsageError, match="--out"):
        write_site(find_runs(*machines), tmp_path / "mine")
    assert (tmp_path / "mine" / "models").is_dir()


def test_on_the_command_line(machines: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["leaderboard", *map(str, machines), "--out", str(tmp_path / "site")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "site" / "index.html")


def test_no_two_pages_share_a_file():
    names = ["a", "A", "a-2", "a:b", "a?b", "a-b", "caf\u00e9", "cafe\u0301", "a"]
    found = _addresses("models", names)
    folded = {unicodedata.normalize("NFC", address).casefold() for address in found}
    assert len(folded) == len(names)
