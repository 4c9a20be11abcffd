from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.published_table import make
from restorebench.bench.cli import main
from restorebench.bench.protocols.protocol import PROTOCOLS
from restorebench.reports.board.published import load_published, search_published

SHIPPED = Path(__file__).parents[3] / "reports" / "board" / "published.csv"


def test_shipped_file_is_what_the_collected_table_gives(fixtures: Path):
    assert SHIPPED.read_text(encoding="utf-8") == make(fixtures / "published.csv")


def test_only_numbers_that_were_read_in_a_source_ship():
    sources = {number.source for number in load_published()}
    assert not any("memory" in source or "index file" in source for source in sources)
    assert len(load_published()) == 686


KNOWN = """
PReNet     Rain100H  PSNR   rain100h@1  Rain100H  29.46
PReNet     Rain100H  SSIM   rain13k@1   Rain13K   0.858
PRN_r      Rain100H  SSIM   rain100h@1  Rain100H  0.874
IR-SDE     Rain100H  LPIPS  irsde@1     Rain100H  0.047
Restormer  GoPro     SSIM   gopro@1     GoPro     0.961
HINet      Rain100H  PSNR   hinet@1     Rain13K   30.65
IR-SDE     GoPro     SSIM   irsde-rgb@1  GoPro    0.901
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
