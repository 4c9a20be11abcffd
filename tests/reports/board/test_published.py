from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.published_readmes import README_TABLES, ReadmeTable
from helpers.published_table import make
from helpers.sources import can_be_looked_up
from restorebench.baselines.published_costs import PUBLISHED_COSTS
from restorebench.bench.cli import main
from restorebench.bench.models.entries import MODELS
from restorebench.bench.protocols.protocol import PROTOCOLS
from restorebench.reports.board.names import normal_name
from restorebench.reports.board.published import load_published, search_published

SHIPPED = Path(__file__).parents[3] / "reports" / "board" / "published.csv"


def test_shipped_file_is_what_the_collected_table_gives(fixtures: Path):
    assert SHIPPED.read_text(encoding="utf-8") == make(fixtures / "published.csv")


def test_every_number_has_a_source_that_can_be_looked_up():
    assert {number.source for number in load_published() if not can_be_looked_up(number.source)} == set()
    assert len(load_published()) == 587 + 692


def test_every_cell_of_the_transcribed_tables_is_a_row():
    shipped = {(row.source, row.model, row.dataset, row.metric, row.value, row.trained_on) for row in load_published()}
    cells = [
        (row["source"], row["model"], row["dataset"], row["metric"], float(row["value"]), row["trained_on"])
        for table in README_TABLES
        for row in table.rows()
    ]
    assert len(cells) == len(set(cells)) == 692
    assert set(cells) <= shipped


@pytest.mark.parametrize("table", README_TABLES, ids=lambda table: table.source.rpartition("/blob/")[0])
def test_transcribed_numbers_are_of_their_metric(table: ReadmeTable):
    ranges = {"PSNR": (15, 50), "SSIM": (0.5, 1), "params_M": (1, 400), "FLOPs_G": (10, 200)}
    for row in table.rows():
        low, high = ranges[row["metric"]]
        assert low < float(row["value"]) < high, row


MISPRINTED = {("MPRNet", "28.27")}
"""Averages that the README itself rounds otherwise: its line gives 28.30."""


def test_averages_of_the_transcribed_tables_are_those_of_their_columns():
    """A digit that was mistyped would move the average of its line, which the README prints too."""
    checked = 0
    for table in README_TABLES:
        rows = list(table.rows())
        for average in rows:
            if not average["dataset"].startswith("average of") or average["metric"] != "PSNR":
                continue
            parts = [
                float(row["value"])
                for row in rows
                if row["model"] == average["model"] and row["metric"] == "PSNR" and row is not average
            ]
            if abs(sum(parts) / len(parts) - float(average["value"])) > 0.0101:
                assert (average["model"], average["value"]) in MISPRINTED, (average, sum(parts) / len(parts))
            checked += 1
    assert checked == 38


SECONDHAND = """
AdaIR     leonmakise  yes
EvoIR     leonmakise  no
MPRNet    zhengchen   yes
HI-Diff   zhengchen   no
PReNet    csdwren     no
RESCAN    csdwren     yes
Restormer open-mmlab  yes
"""


@pytest.mark.parametrize("line", SECONDHAND.strip().splitlines())
def test_numbers_that_others_report_are_marked(line: str):
    model, owner, answer = line.split()
    rows = [row for row in load_published() if row.model == model and f"github.com/{owner}" in row.source]
    assert rows
    assert {row.secondhand for row in rows} == {answer == "yes"}


X_RESTORMER_DRAFT = "https://github.com/Andrew0613/X-Restormer/blob/7f6be390f7/readme_draft.md"
X_RESTORMER_TABLE = """
SwinIR       11.9 752.1  31.66/0.9209  29.41/0.8957  35.49/0.9469  27.55/0.8403
Restormer    26.1 141.0  32.92/0.9398  31.22/0.9226  36.19/0.9571  28.96/0.8785
X-Restormer  26.0 164.3  33.44/0.9459  31.76/0.9299  36.27/0.9581  28.87/0.8780
"""
"""The table "Benchmark results on Deblurring" of that file, as it stands there."""


def test_the_rows_of_x_restormer_are_those_of_the_table_that_they_cite():
    expected: set[tuple[str, str, str, float]] = set()
    for line in X_RESTORMER_TABLE.strip().splitlines():
        model, parameters, cost, *scores = line.split()
        expected |= {(model, "", "params_M", float(parameters)), (model, "", "GMACs", float(cost))}
        for dataset, score in zip(("GoPro", "HIDE", "RealBlur-R", "RealBlur-J"), scores, strict=True):
            psnr, ssim = map(float, score.split("/"))
            expected |= {(model, dataset, "PSNR", psnr), (model, dataset, "SSIM", ssim)}
    cited = [row for row in load_published() if row.source == X_RESTORMER_DRAFT]
    assert {(row.model, row.dataset, row.metric, row.value) for row in cited} == expected
    assert len(cited) == len(expected) == 30
    assert not [row for row in load_published() if "X-Restormer" in row.source and row.source != X_RESTORMER_DRAFT]


def test_every_number_on_a_model_card_has_a_source_that_can_be_looked_up():
    rows = [row for name in MODELS.names() for row in MODELS.get(name).card.published]
    assert {row.source for row in rows if not can_be_looked_up(row.source)} == set()
    assert len(rows) > 40


def test_every_published_cost_has_a_source_that_can_be_looked_up():
    assert {row.source for row in PUBLISHED_COSTS if not can_be_looked_up(row.source)} == set()


@pytest.mark.parametrize(
    "source",
    [
        "Stripformer paper (as remembered)",
        "csdwren/PReNet README.md",
        "https://github.com/csdwren/PReNet/blob/master/README.md",
        "https://paperswithcode.com/paper/multi-stage-progressive-image-restoration",
        "arXiv:2204.04676",
        "",
    ],
)
def test_a_source_that_names_no_place_is_noticed(source: str):
    assert not can_be_looked_up(source)


def test_every_number_has_the_year_of_its_source():
    years = {number.source: number.year for number in load_published()}
    assert all(year is not None and 2017 < year < 2027 for year in years.values())
    assert years["arXiv:2204.04676v4, Table 7"] == 2022
    assert all(
        year >= 2000 + int(source[6:8]) for source, year in years.items() if year and source.startswith("arXiv:")
    )


def test_a_number_on_a_card_is_in_the_table_with_the_same_source():
    shipped = {(normal_name(row.dataset), row.metric.lower(), row.value, row.source) for row in load_published()}
    for name in MODELS.names():
        for row in MODELS.get(name).card.published:
            assert (normal_name(row.dataset), row.metric, row.value, row.source) in shipped, (name, row)


KNOWN = """
PReNet     Rain100H  PSNR   rain100h@1  Rain100H  29.46
PReNet     Rain100H  SSIM   rain13k@1   Rain13K   0.858
PRN_r      Rain100H  SSIM   rain100h@1  Rain100H  0.874
IR-SDE     Rain100H  LPIPS  irsde@2     Rain100H  0.047
Restormer  GoPro     SSIM   gopro@1     GoPro     0.961
HINet      Rain100H  PSNR   hinet@1     Rain13K   30.65
IR-SDE     GoPro     SSIM   irsde-rgb@2  GoPro    0.901
"""


@pytest.mark.parametrize("row", KNOWN.strip().splitlines())
def test_protocol_and_training_set_of_known_rows(row: str):
    model, dataset, metric, protocol, trained_on, text = row.split()
    found = search_published(model=model, dataset=dataset, metric=metric, protocol=protocol)
    number = next(number for number in found if number.model == model)
    assert (number.text, number.trained_on) == (text, trained_on)


def test_ssim_of_other_definitions_is_never_called_gopro():
    rows = search_published(dataset="GoPro", metric="SSIM", protocol="gopro@1")
    for strange in ("Uformer", "IR-SDE", "DeblurGAN-v2", "SwinIR"):
        assert not [row for row in rows if strange in row.model]
    assert {row.protocol for row in search_published(dataset="GoPro", model="Uformer-B")} == {"uformer@1"}
    assert {row.protocol for row in search_published(dataset="GoPro", model="DeblurGAN-v2")} == {""}


def test_realblur_rows_all_say_what_they_were_trained_on():
    rows = [row for row in load_published() if row.dataset in {"RealBlur-R", "RealBlur-J"}]
    assert {row.trained_on for row in rows} == {"GoPro", "RealBlur-R", "RealBlur-J"}
    mprnet = search_published(model="MPRNet", dataset="RealBlur-J", metric="PSNR")
    assert {(row.trained_on, row.text) for row in mprnet} == {("GoPro", "28.7"), ("RealBlur-J", "31.76")}


def test_search_on_the_command_line(capsys: pytest.CaptureFixture[str]):
    assert main(["published", "csdwren", "--model", "prn_r", "--dataset", "rain100h", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {(row["metric"], row["text"], row["protocol"]) for row in found} == {
        ("PSNR", "27.43", "rain100h@1"),
        ("SSIM", "0.874", "rain100h@1"),
    }
    assert main(["published", "--model", "PRN_r", "--dataset", "Rain100H", "--metric", "PSNR"]) == 0
    shown = capsys.readouterr().out
    assert "27.43" in shown
    assert "rain100h@1" in shown
    assert main(["published", "nothing of this kind"]) == 1
    assert main(["published", "--dataset", "Rain100"]) == 2
    assert "Rain100H" in capsys.readouterr().err


def test_every_protocol_is_one_that_this_package_computes():
    known = set(PROTOCOLS.names())
    assert {number.protocol for number in load_published()} - {""} <= known
