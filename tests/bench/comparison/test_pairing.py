from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.paired_runs import write_paired_run
from helpers.two_sides import BASE, MOVED, two
from restorebench.bench.comparison.comparison import compare
from restorebench.bench.comparison.pairing import Measured, MeasuredImage, quantiser_note
from restorebench.bench.errors import IncomparableError, RunFolderError

RESTORED = [f"{index:015x}b" for index in range(len(MOVED))]
"""Digests of restored images that another model did not make."""


def test_nan_in_a_journal_is_refused(tmp_path: Path):
    old, new = two(tmp_path, [30.0, 30.5, 31.0], [31.0, 31.0, 31.5])
    journal = new / "scores.jsonl"
    journal.write_text(journal.read_text().replace('"psnr":31.5', '"psnr":NaN'))
    with pytest.raises(RunFolderError, match=r"scores\.jsonl line 3 is not a score record"):
        compare(old, new)


def test_other_protocols_and_data_sets_do_not_compare(tmp_path: Path):
    old = write_paired_run(tmp_path / "a", {"psnr": BASE})
    other = write_paired_run(tmp_path / "b", {"psnr": BASE}, protocol="hinet@1")
    with pytest.raises(IncomparableError, match=r"the protocol is gopro@1 in the first and hinet@1 in the second"):
        compare(old, other)
    variant = write_paired_run(tmp_path / "c", {"psnr": BASE}, dataset="gopro[variant=blur_gamma]")
    with pytest.raises(IncomparableError, match=r"the data set is gopro in the first and gopro\[variant=blur_gamma\]"):
        compare(old, variant)


def test_other_pixels_under_the_same_key_do_not_compare(tmp_path: Path):
    old = write_paired_run(tmp_path / "a", {"psnr": BASE})
    other = write_paired_run(
        tmp_path / "b", {"psnr": BASE}, pairs=["x"] + [f"{index:016x}" for index in range(1, 30)]
    )  # fmt: skip -- one call
    for intersect in (False, True):
        with pytest.raises(IncomparableError, match=r"different pixels .* in 1 of 30 pairs, starting with 0000"):
            compare(old, other, intersect=intersect)


def test_other_images_compare_on_request_and_marked(tmp_path: Path):
    old = write_paired_run(tmp_path / "a", {"psnr": BASE})
    part = write_paired_run(tmp_path / "b", {"psnr": MOVED[:20]}, model="part", selected=30)
    with pytest.raises(IncomparableError, match=r"10 only in mine, such as 0020; part is unfinished: 20 of 30 images"):
        compare(old, part)
    comparison = compare(old, part, intersect=True)
    assert comparison.images == 20
    assert comparison.notes[0].startswith("Only the 20 shared images are compared (10 only in mine")


def test_disjoint_runs_never_compare(tmp_path: Path):
    old = write_paired_run(tmp_path / "a", {"psnr": BASE})
    other = write_paired_run(tmp_path / "b", {"psnr": BASE}, keys=[f"x{index}" for index in range(30)])
    with pytest.raises(IncomparableError, match="share no images"):
        compare(old, other, intersect=True)


def test_another_rounding_is_called_by_its_name(tmp_path: Path):
    old = write_paired_run(tmp_path, {"psnr": BASE}, model="old", quantiser="truncate")
    new = write_paired_run(tmp_path, {"psnr": MOVED}, model="new", restored=RESTORED)
    (note,) = compare(old, new).notes
    assert "old truncates to the grey level below (truncate)" in note
    assert "new rounds to the nearest grey level (half-even)" in note


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("truncate", "half-even", "about 0.04 dB"),
        ("none", "half-even", "less than 0.01 dB"),
        ("half-up", "half-even", ""),
        ("half-even", "half-even", ""),
    ],
)
def test_the_effect_of_another_rounding_is_said_where_there_is_one(tmp_path: Path, first: str, second: str, said: str):
    old = write_paired_run(tmp_path, {"psnr": BASE}, model="old", quantiser=first)
    new = write_paired_run(tmp_path, {"psnr": MOVED}, model="new", quantiser=second, restored=RESTORED)
    notes = " ".join(compare(old, new).notes)
    assert (said in notes) if said else ("quantised" not in notes)


def test_images_that_are_equal_as_scored_need_no_word_about_rounding():
    image = MeasuredImage({"psnr": 30.0}, restored="ab" * 8)
    first = Measured("a", "a", "d", "rgb@1", "truncate", ("psnr",), {"1": image}, 1, Path())
    second = replace(first, label="b", quantiser="half-even")
    assert quantiser_note(first, second, ["1"]) == ""
    unknown = replace(second, images={"1": replace(image, restored="")})
    other = replace(second, images={"1": replace(image, restored="cd" * 8)})
    assert all("quantised differently" in quantiser_note(first, each, ["1"]) for each in (unknown, other))
