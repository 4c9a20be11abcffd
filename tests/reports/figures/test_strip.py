from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.errors import UsageError
from restorebench.bench.runs.run import find_runs
from restorebench.reports.figures import DrawnFigure, FigureOptions, draw_figure

KEYS = [f"image{index}" for index in range(6)]
FIRST = FakeRun(psnr=[20.0, 30.0, 30.0, 30.0, 30.0, 30.0], images=6, keys=KEYS)
SECOND = replace(
    FIRST, model="second", title="Second", psnr=[30.0, 31.0, 31.0, 35.0, 31.0, 31.0], weights="b" * 64
)  # fmt: skip -- differs most on image 0, then on image 3


def strip(out: Path, key: str = "", crop: tuple[int, int, int, int] | None = None) -> tuple[DrawnFigure, list[str]]:
    figure = draw_figure(find_runs(out), "strip", out / "strip.svg", FigureOptions(key=key, crop=crop))
    return figure, re.findall(r">([^<>\n]+)</text>", figure.path.read_text(encoding="utf-8"))


def test_the_most_disputed_image_is_shown(tmp_path: Path) -> None:
    write_run(tmp_path, FIRST, pictures=range(6))
    write_run(tmp_path, SECOND, pictures=range(6))
    figure, texts = strip(tmp_path)
    assert figure.caption.startswith("image0 of Rain100H, rain100h@1")
    assert [text for text in texts if text in {"Input", "PReNet", "Second", "Target"}] == [
        "Input",
        "Second",
        "PReNet",
        "Target",
    ]
    assert {"20.00 dB", "30.00 dB"} <= set(texts)


def test_a_model_without_the_picture_leads_to_another_image_that_all_have(tmp_path: Path) -> None:
    write_run(tmp_path, FIRST, pictures=range(6))
    write_run(tmp_path, SECOND, pictures=(3, 4))
    figure, texts = strip(tmp_path)
    assert figure.caption.startswith("image3 of")
    assert {"PReNet", "Second"} <= set(texts)


def test_an_image_that_a_model_lacks_is_refused_by_name(tmp_path: Path) -> None:
    write_run(tmp_path, FIRST, pictures=range(6))
    write_run(tmp_path, SECOND, pictures=(3, 4))
    with pytest.raises(UsageError, match=r"Second kept no picture of 'image0'.*all models have \(image3, image4\)"):
        strip(tmp_path, "image0")


def test_no_shared_image_is_an_error_that_names_model_and_image(tmp_path: Path) -> None:
    write_run(tmp_path, FIRST, pictures=(0, 1))
    write_run(tmp_path, SECOND, pictures=(4, 5))
    with pytest.raises(UsageError, match=r"(PReNet|Second) kept no picture of 'image\d', and there is no image"):
        strip(tmp_path)


def test_the_input_is_shown_once_with_the_score_of_identity(tmp_path: Path) -> None:
    write_run(tmp_path, FIRST, pictures=range(6))
    identity = replace(FIRST, model="identity", title="Input", psnr=[12.34] * 6, weights="")
    write_run(tmp_path, identity)
    _, texts = strip(tmp_path)
    assert texts.count("Input") == 1
    assert "12.34 dB" in texts


def test_only_identity_is_no_strip(tmp_path: Path) -> None:
    write_run(tmp_path, replace(FIRST, model="identity", title="Input"), pictures=range(6))
    with pytest.raises(UsageError, match="only the degraded images"):
        strip(tmp_path)


def test_long_titles_are_wrapped_and_not_cut(tmp_path: Path) -> None:
    title = "A model with a very long name and [sampler=posterior,steps=100]"
    for index in range(3):
        write_run(
            tmp_path,
            replace(FIRST, model=f"m{index}", title=f"{title} {index}", weights=f"{index:064d}"),
            pictures=(0,),
        )
    _, texts = strip(tmp_path)
    words = "".join(texts).replace(" ", "")
    assert words.count("[sampler=posterior,steps=100]") == 3
    assert "…" not in words
