from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.records import scored
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.runs.journal import rewrite_journal
from restorebench.bench.runs.run import find_runs, load_run
from restorebench.reports.board.board import Board, Value, build_board
from restorebench.reports.board.summaries import current_summary

PRENET = FakeRun(psnr=29.4599, ssim=0.8989, trained_on="Rain100H", official_quantiser="truncate", quantiser="truncate")
PRN_R = replace(PRENET, model="prn-r", title="PRN_r", psnr=27.4221, ssim=0.8734, weights="b" * 64)


def board_of(out: Path, *fakes: FakeRun) -> Board:
    for index, fake in enumerate(fakes):
        write_run(out / str(index), fake)
    return build_board([run for index in range(len(fakes)) for run in find_runs(out / str(index))])


def value(board: Board, row: int = 0, metric: str = "psnr", column: int = 0) -> Value:
    return board.rows[row].entries[column].values[metric]


def notes(board: Board, row: int = 0, column: int = 0) -> list[str]:
    return [note.text for note in board.rows[row].entries[column].notes]


def test_best_and_second_by_direction(tmp_path: Path):
    worse = replace(PRENET, model="c", title="C", psnr=20.0, ssim=0.5, weights="c" * 64)
    board = board_of(tmp_path, PRN_R, worse, PRENET)
    assert [row.title for row in board.rows] == ["PReNet", "PRN_r", "C"]
    assert [value(board, row).rank for row in range(3)] == [1, 2, 0]
    for index, name in enumerate("xy"):
        folder = write_run(tmp_path / "lpips", replace(PRENET, model=name, title=name, metrics=("lpips",)))
        records = [scored(str(image), {"lpips": 0.2 + index / 10}, protocol="rain100h@1") for image in range(100)]
        rewrite_journal(folder / "scores.jsonl", records)
    board = build_board(find_runs(tmp_path / "lpips"))
    assert [(row.title, row.entries[0].values["lpips"].rank) for row in board.rows] == [("x", 1), ("y", 2)]


def test_partial_runs_do_not_compete_with_complete_ones(tmp_path: Path):
    lucky = replace(PRENET, model="lucky", title="Lucky", psnr=40.0, images=2, found=2, weights="c" * 64)
    board = board_of(tmp_path, lucky, PRENET, PRN_R)
    ranks = {row.title: row.entries[0].values["psnr"].rank for row in board.rows}
    assert ranks == {"Lucky": 0, "PReNet": 1, "PRN_r": 2}
    assert notes(board) == ["partial copy: 2 of 100 images"]


def test_published_beside_measured(tmp_path: Path):
    board = board_of(tmp_path, PRENET, PRN_R)
    prenet, prn_r = value(board, 0).published, value(board, 1).published
    assert prenet is not None
    assert prn_r is not None
    assert (prenet.number.value, prenet.agreement, prenet.reasons) == (29.46, "agrees", ())
    assert (prn_r.number.value, prn_r.agreement) == (27.43, "close")
    assert prn_r.difference == pytest.approx(-0.0079)
    ssim = value(board, 1, "ssim").published
    assert ssim is not None
    assert (ssim.number.value, ssim.agreement) == (0.874, "close")


def test_a_number_of_another_protocol_is_marked(tmp_path: Path):
    match = value(board_of(tmp_path, replace(PRENET, protocol="rgb@1"))).published
    assert match is not None
    assert match.agreement == "not comparable"
    assert match.difference is None
    assert match.reasons[0].startswith("published with ")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"trained_on": "Rain13K"}, "published for training on Rain100H, these weights were trained on Rain13K"),
        ({"trained_on": ""}, "these weights are not a known official file"),
        ({"model": "prenet[recurrent_iter=3]"}, "measured with options: prenet[recurrent_iter=3]"),
        ({"inference": "tiles 256"}, "measured with tiles 256, which the source does not mention"),
    ],
)
def test_reasons_why_a_published_number_does_not_compare(tmp_path: Path, change: dict[str, str], reason: str):
    match = value(board_of(tmp_path, replace(PRENET, **change))).published
    assert match is not None
    assert reason in match.reasons
    assert match.agreement == "not comparable"


def test_training_set_chooses_between_two_published_numbers(tmp_path: Path):
    both = replace(PRENET, protocol="rain13k@1", trained_on="Rain13K")
    match = value(board_of(tmp_path, both)).published
    assert match is not None
    assert (match.number.value, match.reasons) == (26.77, ())


@pytest.mark.parametrize(
    ("title", "inference", "published"),
    [
        ("NAFNet-width64", "TLC", "33.7103"),
        ("NAFNet-width32", "TLC", "32.8705"),
        ("NAFNet-width64+PDE", "TLC", None),
        ("NAFNet-nano", "TLC", None),
        ("DMPHN(1-2-4)", "full image", None),
        ("MIMO-UNet", "full image", None),
    ],
)
def test_presets_of_a_family_do_not_borrow_numbers(tmp_path: Path, title: str, inference: str, published: str | None):
    fake = FakeRun(dataset="gopro", images=3, found=1111, title=title, inference=inference, trained_on="GoPro")
    match = value(board_of(tmp_path, fake)).published
    comparable = match.number.text if match and not match.reasons else None
    assert comparable == published


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"images": 2, "found": 2}, "partial copy: 2 of 100 images"),
        ({"images": 5, "selected": 5}, "limited to 5 of 100 images"),
        ({"images": 40, "selected": 100}, "unfinished: 40 of 100 images"),
        ({"failed": 3}, "3 of 100 images failed and are excluded from the mean"),
        ({"demonstration": True}, "demonstration data, not a benchmark"),
        ({"settings": (("precision", "fp16"),)}, "precision fp16"),
        ({"settings": (("tile", 512), ("tile_overlap", 32))}, "tiled inference: 512 pixels, overlap 32"),
        ({"tile": 256}, "tiled inference on 100 of 100 images, which did not fit into memory"),
        ({"quantiser": "half-even"}, "quantiser half-even; the official one is truncate"),
    ],
)
def test_what_keeps_a_run_from_comparing_is_said(tmp_path: Path, change: dict[str, object], note: str):
    board = board_of(tmp_path, replace(PRENET, **change))
    assert notes(board) == [note]
    match = value(board).published
    assert match is not None
    assert match.agreement == "not comparable"


def test_infinite_and_missing_values_are_said(tmp_path: Path):
    infinite = replace(PRENET, psnr=[math.inf, *[30.0] * 99])
    missing = replace(PRENET, model="m", title="M", metrics=("psnr", "lpips"), lpips_reason="no AlexNet here")
    board = board_of(tmp_path, infinite, missing)
    assert value(board).summary.mean == math.inf
    assert [note.text for note in value(board).notes] == ["infinite mean: 1 restored image is identical to its target"]
    assert [note.text for note in value(board, 1, "lpips").notes] == ["LPIPS missing: no AlexNet here"]


def test_the_same_model_with_other_weights_is_another_row(tmp_path: Path):
    board = board_of(tmp_path, PRENET, replace(PRENET, weights="d" * 64, psnr=20.0, trained_on=""))
    assert [row.title for row in board.rows] == ["PReNet", "PReNet · weights dddddddd"]


def test_of_equal_plans_the_most_complete_then_the_latest_run_is_shown(tmp_path: Path):
    early = replace(PRENET, psnr=29.0, created="2026-01-01T00:00:00Z")
    late = replace(PRENET, psnr=30.0, created="2026-02-01T00:00:00Z")
    torso = replace(PRENET, psnr=31.0, images=50, selected=100, created="2026-03-01T00:00:00Z")
    board = board_of(tmp_path, late, early, torso)
    assert len(board.rows) == 1
    assert value(board).summary.mean == pytest.approx(30.0)
    assert board.rows[0].entries[0].duplicates == 2


def test_a_model_on_several_data_sets_is_one_row(tmp_path: Path):
    board = board_of(tmp_path, PRENET, replace(PRENET, dataset="gopro", images=4, psnr=25.0))
    assert [(column.dataset, column.protocol) for column in board.columns] == [
        ("gopro", "gopro@1"),
        ("rain100h", "rain100h@1"),
    ]
    assert len(board.rows) == 1
    assert sorted(board.rows[0].entries) == [0, 1]


def test_a_stored_summary_that_is_not_that_of_the_records_is_not_believed(tmp_path: Path):
    folder = write_run(tmp_path, PRENET)
    info = json.loads((folder / "run.json").read_text())
    assert current_summary(load_run(folder)).metrics["psnr"].mean == pytest.approx(29.4599)
    info["summary"]["metrics"]["psnr"]["mean"] = 99.0
    (folder / "run.json").write_text(json.dumps(info))
    assert current_summary(load_run(folder)).metrics["psnr"].mean == pytest.approx(29.4599)


def test_official_weights_of_unknown_hash_compare_with_a_doubt(tmp_path: Path):
    folder = write_run(tmp_path, replace(PRENET, trained_on="Rain100H"))
    info = json.loads((folder / "run.json").read_text())
    info["model"]["checkpoints"][0]["sha256"] = ""
    (folder / "run.json").write_text(json.dumps(info))
    match = value(build_board([load_run(folder)])).published
    assert match is not None
    assert (match.agreement, match.reasons) == ("agrees", ())
    assert match.doubts == ("weights not recognised: sha256 of the official file unknown",)


def test_images_restored_elsewhere_compare_with_a_doubt(tmp_path: Path):
    folder = write_run(tmp_path, replace(PRENET, weights="", inference="images restored elsewhere", trained_on=""))
    info = json.loads((folder / "run.json").read_text())
    info["model"]["needs_weights"] = False
    (folder / "run.json").write_text(json.dumps(info))
    match = value(build_board([load_run(folder)])).published
    assert match is not None
    assert (match.agreement, match.reasons) == ("agrees", ())
    assert match.doubts == ("restored elsewhere: weights and inference unknown",)
