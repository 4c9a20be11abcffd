from __future__ import annotations

import json
import re
from dataclasses import replace
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from helpers.paired_runs import join_protocols
from helpers.report_runs import FakeRun, write_run
from PIL import Image
from restorebench.bench.cli import main
from restorebench.bench.errors import UsageError
from restorebench.bench.runs.run import find_runs
from restorebench.reports.board.published import load_published
from restorebench.reports.page.page import write_report, write_single_file

PRENET = FakeRun(
    psnr=29.4599,
    ssim=0.8989,
    trained_on="Rain100H",
    official_quantiser="truncate",
    quantiser="truncate",
    keys=["a b/../1", *(f"scene{index // 10}/{index}" for index in range(99))],
)  # fmt: skip -- one run
PRN_R = replace(PRENET, model="prn-r", title="PRN_r", psnr=27.4221, ssim=0.8734, weights="b" * 64)
HOSTILE = (
    "<script>alert(1)</script>",
    "a_b&c%d",
    "x" * 200,
    "去模糊模型",
    '"></title><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
)
VOID = {"meta", "link", "br", "img", "input"}


class Outline(HTMLParser):
    """Checks that elements nest, and collects what a test looks for."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.scripts: list[dict[str, str | None]] = []
        self.labels: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        assert len(found) == len(attrs), f"attribute given twice on {tag}"
        assert "style" not in found
        assert not any(name.startswith("on") for name in found)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.labels += (found.get("aria-labelledby") or "").split()
        self.addresses += [value for name in ("src", "href") if (value := found.get(name))]
        if tag == "script":
            self.scripts.append(found)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def out(tmp_path: Path) -> Path:
    write_run(tmp_path, PRENET, pictures=range(6))
    write_run(tmp_path, PRN_R, pictures=range(2, 8))
    return tmp_path


def data_of(page: Path) -> dict[str, Any]:
    text = page.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="restorebench-data">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_page_is_well_formed_and_small_and_asks_for_nothing_outside(out: Path):
    page = write_report(find_runs(out), out / "report")
    html = page.read_text(encoding="utf-8")
    outline = Outline(html)
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.labels) <= set(outline.ids)
    assert len(html.encode()) < 1_000_000
    for address in outline.addresses:
        assert address.startswith(("#", "files/", "../", "data:,")), address
    named = {number.source for number in load_published()}  # addresses to read, which nothing loads
    for source in sorted(named, key=len, reverse=True):
        html = html.replace(escape(source), "").replace(source, "")
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", html)
    assert "default-src 'none'" in unescape(html)


def test_every_picture_shown_is_beside_the_page(out: Path):
    page = write_report(find_runs(out), out / "report")
    pictures = [address for address in Outline(page.read_text(encoding="utf-8")).addresses if address.endswith(".png")]
    assert pictures
    assert all((page.parent / address).is_file() for address in pictures)


def test_selections_are_chosen_over_all_images_and_models_and_missing_pictures_are_named(out: Path):
    page = write_report(find_runs(out), out / "report", gallery=2)
    gallery = data_of(page)["galleries"]["0"]
    keys = [picture["key"] for picture in gallery["pictures"]]
    prenet, prn_r = (
        {record.key: record.metrics["psnr"] or 0 for record in run.records} for run in find_runs(out)
    )  # fmt: skip -- one unpacking
    mean = {key: (prenet[key] + prn_r[key]) / 2 for key in prenet}
    gap = {key: abs(prenet[key] - prn_r[key]) for key in prenet}
    ranked = sorted(mean, key=mean.__getitem__)
    wanted = {
        "worst": ranked[:2],
        "best": ranked[::-1][:2],
        "median": ranked[49:51],
        "disputed": sorted(gap, key=gap.__getitem__)[::-1][:2],
    }
    kept, html = set(PRENET.keys[:8]), page.read_text(encoding="utf-8")
    for name, expected in wanted.items():
        shown = {keys[place] for place in gallery["selections"][name]}
        assert shown == kept & {*expected}
        assert {*gallery["missing"].get(name, [])} == {*expected} - kept
    assert any(gallery["missing"].values())
    assert {keys[place] for place in gallery["selections"]["kept"]} <= kept
    assert "Chosen among 100 images by the mean PSNR of PReNet and PRN_r." in html
    assert f"No model kept a picture of {', '.join(gallery['missing']['worst'])}" in html


def test_a_card_never_shows_another_model_than_the_one_that_its_gallery_names(tmp_path: Path):
    few = replace(PRENET, images=6, keys=PRENET.keys[:6])
    write_run(tmp_path, few, pictures=[0, 1])
    write_run(tmp_path, replace(few, model="prn-r", title="PRN_r", psnr=27.4), pictures=[0, 1, 2])
    page = write_report(find_runs(tmp_path), tmp_path / "report", gallery=6)
    html = page.read_text(encoding="utf-8")
    assert "All 6 images, lowest mean PSNR first" in html
    assert html.count(f'alt="PReNet: {PRENET.keys[0]}"') == 1
    assert html.count('<span class="absent">') == 1  # of the image that only the other model kept
    assert 'alt="PRN_r:' not in html


def test_embedded_json_carries_the_numbers(out: Path):
    page = write_report(find_runs(out), out / "report")
    data = data_of(page)
    row = data["rows"][1]
    value = row["entries"]["0"]["metrics"]["psnr"]
    assert (row["title"], value["n"], value["rank"]) == ("PRN_r", 100, 2)
    assert value["mean"] == pytest.approx(27.4221)
    assert value["low"] < 27.4221 < value["high"]
    assert value["published"]["value"] == 27.43
    assert value["published"]["agreement"] == "close"
    images = (page.parent / "files" / "images-0.js").read_text(encoding="utf-8")
    values = json.loads(images.removeprefix("restorebench.deliver(0,").removesuffix(");\n"))
    assert len(values["keys"]) == len(values["rows"]["0"]["psnr"]) == 100


def test_the_table_shows_published_beside_measured_with_its_difference(out: Path):
    html = write_report(find_runs(out), out / "report").read_text(encoding="utf-8")
    assert '<span class="value">29.46</span><span class="pub agrees">29.46 <span class="delta">±0.00</span>' in html
    assert '<span class="value">27.42</span><span class="pub close">27.43 <span class="delta">−0.01</span>' in html  # noqa: RUF001 -- a minus sign
    assert "rain100h@1" in html


def test_no_interval_leaves_the_range_of_its_metric(tmp_path: Path):
    few = replace(PRENET, keys=[str(place) for place in range(12)], images=12, found=12)
    write_run(tmp_path, replace(few, ssim=[0.9999] * 11 + [0.2]))
    write_run(
        tmp_path, replace(few, model="prn-r", title="PRN_r", psnr=27.0, ssim=[1.0] * 11 + [0.9], weights="b" * 64)
    )
    html = write_report(find_runs(tmp_path), tmp_path / "report").read_text(encoding="utf-8")
    intervals = re.findall(r'class="ci">\[(-?[\d.]+), (-?[\d.]+)\]', html)
    ends = [(float(low), float(high)) for low, high in intervals]
    assert len(ends) == 4
    assert all(-1 <= low <= high <= 1 for low, high in ends if high < 5)
    assert sum(high == 1 for _, high in ends) == 2  # both reach it: neither was cut by being omitted


def test_provenance_is_on_the_page(out: Path):
    html = write_report(find_runs(out), out / "report").read_text(encoding="utf-8")
    for fact in ("a" * 64, "restorebench run -m prenet=w.pth", "PSNR = 10 log10(1 / mean((x - y)^2))", "torch 2.6.0"):
        assert fact in html


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_and_write_nothing_outside(tmp_path: Path, name: str):
    keys = [f"../{name}", *PRENET.keys[1:]]
    hostile = replace(PRENET, model=name, title=name, family=name, card_name="mine", warnings=(name,), keys=keys)
    write_run(tmp_path / "runs", hostile, pictures=[0])
    before = set(tmp_path.rglob("*"))
    page = write_report(find_runs(tmp_path / "runs"), tmp_path / "report")
    written = set(tmp_path.rglob("*")) - before
    assert all(path.is_relative_to(tmp_path / "report") for path in written)
    assert {path.name for path in written if path.suffix == ".png"} == {"0-degraded.png", "0-target.png", "0-0.png"}
    html = page.read_text(encoding="utf-8")
    outline = Outline(html)
    assert outline.open == []
    assert len(outline.scripts) == 2
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert data_of(page)["rows"][0]["title"] == name


def test_runs_without_pictures_say_how_to_get_them(tmp_path: Path):
    write_run(tmp_path, PRENET)
    html = write_report(find_runs(tmp_path), tmp_path / "report").read_text(encoding="utf-8")
    assert "--save-images worst" in html


def test_the_same_runs_give_the_same_bytes_and_nothing_old_stays(out: Path):
    first = write_report(find_runs(out), out / "report")
    before = {path: path.read_bytes() for path in first.parent.rglob("*") if path.is_file()}
    write_report(find_runs(out), out / "report")
    assert {path: path.read_bytes() for path in first.parent.rglob("*") if path.is_file()} == before
    write_report(find_runs(out), out / "report", gallery=0)
    assert not list(first.parent.rglob("*.png"))


def test_a_folder_of_something_else_is_left_alone(out: Path, tmp_path: Path):
    folder = tmp_path / "mine"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match="--out"):
        write_report(find_runs(out), folder)
    assert (folder / "files" / "thesis.tex").read_text() == "years of work"


def test_costs_beside_the_runs_become_columns(out: Path):
    (out / "cost").mkdir()
    (out / "cost" / "prenet.json").write_text(
        json.dumps({"model": "prenet", "params": 168963, "macs": {"conv": 66.25e9}, "latency": {"p50": 0.05}, "new": 1})
    )
    html = write_report(find_runs(out), out / "report").read_text(encoding="utf-8")
    assert re.search(r"GMACs \(conv\)", html)
    assert ">66.25<" in html.replace("\n", "")
    assert ">0.17<" in html


def test_on_the_command_line(out: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["report", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out / "report" / "index.html")
    assert main(["report", str(out / "rain100h" / "prenet")]) == 0
    assert capsys.readouterr().out.strip() == str(out / "report" / "index.html")
    assert main(["report", str(out / "nowhere")]) == 2


def test_a_single_file_needs_nothing_beside_it_and_says_what_it_left_out(out: Path, tmp_path: Path):
    page = tmp_path / "mail" / "report.html"
    assert write_single_file(find_runs(out), page) == 0
    assert [path.name for path in page.parent.iterdir()] == ["report.html"]
    whole = page.read_text(encoding="utf-8")
    assert not any(address.startswith("files/") for address in Outline(whole).addresses)
    assert data_of(page)["galleries"]["0"]["pictures"][0]["target"].startswith("data:image/png;base64,")
    assert 'id="restorebench-images-0"' in whole
    left = write_single_file(find_runs(out), page, max_megabytes=0.5)
    text = page.read_text(encoding="utf-8")
    assert left > 0
    assert f"{left} pictures are omitted from this file, to keep its pictures under 0.5 MB." in text
    assert len(text) < len(whole)


def test_the_focus_of_a_picture_is_where_the_models_differ(out: Path):
    for model, place in (("prenet", None), ("prn-r", (150, 40))):
        for path in (out / "rain100h" / model / "restored").rglob("*.png"):
            image = Image.new("RGB", (240, 180), "gray")
            if place:
                image.paste("white", (place[0], place[1], place[0] + 20, place[1] + 20))
            image.save(path)
    pictures = data_of(write_report(find_runs(out), out / "report"))["galleries"]["0"]["pictures"]
    focused = [picture["focus"] for picture in pictures if picture["focus"]]
    assert focused
    assert all(abs(x - 160) <= 24 and abs(y - 50) <= 24 for x, y in focused)


def test_protocols_of_a_run_are_columns_and_its_pictures_are_shown_once(tmp_path: Path):
    for fake, psnr in ((PRENET, 29.9599), (PRN_R, 27.9221)):
        luma = replace(fake, protocol="y@1", psnr=psnr)
        join_protocols(
            write_run(tmp_path / "out", fake, pictures=range(6)), write_run(tmp_path / "y", luma, pictures=range(6))
        )
    page = write_report(find_runs(tmp_path / "out"), tmp_path / "report")
    data = data_of(page)
    assert [column["protocol"] for column in data["columns"]] == ["rain100h@1", "y@1"]
    assert list(data["galleries"]) == ["0"]
    html = page.read_text(encoding="utf-8")
    assert "2 models on 1 data set: 200 restored images" in html  # not 400
    assert Outline(html).open == []
    assert main(["report", str(tmp_path / "out"), "-p", "y", "--out", str(tmp_path / "luma")]) == 0
    assert [column["protocol"] for column in data_of(tmp_path / "luma" / "index.html")["columns"]] == ["y@1"]
