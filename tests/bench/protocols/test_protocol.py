from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.optional import known
from restorebench.bench.cli import main
from restorebench.bench.errors import ImageError, MissingDependencyError, RestorationError, UnknownNameError, UsageError
from restorebench.bench.metrics.catalogue import MEASURED, SSIM
from restorebench.bench.metrics.metric import Metric
from restorebench.bench.metrics.quantise import quantise
from restorebench.bench.protocols.catalogue import ALIASES
from restorebench.bench.protocols.catalogue import PROTOCOLS as CATALOGUE
from restorebench.bench.protocols.protocol import (
    PROTOCOLS,
    Protocol,
    Source,
    get_protocol,
    measures_alike,
    register_protocol,
)

REQUIRED = [
    "gopro",
    "realblur",
    "rain100h",
    "rain13k",
    "gopro-ssim2d",
    "irsde",
    "irsde-rgb",
    "uformer",
    "mimo-unet",
    "hinet",
    "nafnet",
    "maxim",
    "deblurganv2",
    "basicsr",
    "basicsr-y",
    "rgb",
    "y",
    "realblur-noalign",
    "prenet",
]


@pytest.fixture(autouse=True)
def no_lpips_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    for net in ("ALEX", "VGG", "SQUEEZE"):
        monkeypatch.delenv(f"RESTOREBENCH_LPIPS_{net}", raising=False)


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    """A float output that leaves [0, 1] and lies between grey levels, and its 8-bit target."""
    random = np.random.default_rng(0)
    target = random.integers(0, 256, (40, 50, 3), dtype=np.uint8)
    restored = (target / 255 + random.normal(0, 0.05, target.shape)).astype(np.float32)
    return restored, target


@pytest.fixture
def own() -> Iterator[Protocol]:
    """A registered protocol of one's own, in two versions."""
    protocols = [Protocol("own", version, "Mine", Source("me/mine", "score.py"), lpips=None) for version in (1, 2)]
    for protocol in protocols:
        register_protocol(protocol)
    yield protocols[-1]
    for protocol in protocols:
        del PROTOCOLS._registered[protocol.id]


@pytest.mark.parametrize("name", REQUIRED)
def test_every_required_name_is_known(name: str) -> None:
    assert get_protocol(name).name == ALIASES.get(name, name)


@pytest.mark.parametrize("protocol_id", CATALOGUE)
def test_the_catalogue_is_consistent(protocol_id: str) -> None:
    protocol = get_protocol(protocol_id)
    assert protocol.id == protocol_id
    assert protocol.source.path
    own = tuple(metric for metric in MEASURED if metric in protocol.formulas)
    assert protocol.metrics == (*own, *(metric.name for metric in protocol.added))
    assert json.loads(json.dumps(protocol.to_json()))["id"] == protocol_id
    with pytest.raises(FrozenInstanceError):
        protocol.crop = 5  # pyright: ignore[reportAttributeAccessIssue] -- that it cannot is the test


def pattern() -> tuple[np.ndarray, np.ndarray]:
    """Waves, and the same with a ripple that leaves [0, 1]; large enough for Wang's factor 2."""
    rows, columns, channels = np.indices((390, 400, 3)) / 10
    target = np.rint(127.5 + 127.5 * np.sin(rows + channels) * np.cos(columns / 3)).astype(np.uint8)
    return (target / 255 + 0.05 * np.sin(7 * rows + 3 * columns + channels)).astype(np.float32), target


FROZEN: dict[str, tuple[float, float | None]] = {
    "gopro@1": (29.081355, 0.764421),
    "gopro-ssim2d@1": (29.081355, 0.742955),
    "realblur-noalign@1": (29.081355, 0.742955),
    "nafnet@1": (29.081355, 0.764421),
    "nafnet-float32@1": (29.081355, 0.764422),
    "nafnet-ssim2d@1": (29.081355, 0.742955),
    "hinet-rgb@1": (29.081355, 0.764421),
    "mimo-unet@1": (29.116665, None),
    "uformer@1": (29.116665, 0.857543),
    "maxim@1": (29.030877, None),
    "deblurganv2@1": (29.114559, None),
    "stripformer-train@1": (29.081355, 0.751140),
    "rain100h@1": (30.458905, 0.880846),
    "rain13k@1": (30.413665, 0.771705),
    "hinet@1": (30.426092, 0.773752),
    "irsde@2": (30.426033, 0.770751),
    "irsde@1": (30.426033, 0.770751),
    "irsde-clamped@1": (30.426033, 0.770751),
    "irsde-nocrop@1": (30.426092, 0.772356),
    "irsde-rgb@2": (29.080944, 0.741143),
    "irsde-rgb@1": (29.080944, 0.741143),
    "irsde-rgb-nocrop@1": (29.081355, 0.742955),
    "promptir@1": (29.116667, 0.762999),
    "moceir@1": (29.116667, 0.743340),
    "weatherdiffusion@1": (30.426092, 0.772356),
    "weatherdiffusion-resized@1": (30.426231, 0.771809),
    "raindrop-challenge@1": (30.426092, 0.772356),
    "histoformer@1": (30.424720, 0.870522),
    "histoformer-rgb@1": (30.426092, 0.870594),
    "dehazeformer@1": (29.116665, 0.873723),
    "retinexformer@1": (29.116665, 0.742955),
    "retinexformer-gtmean@1": (29.116681, 0.742962),
    "rgb@1": (29.081355, 0.742955),
    "y@1": (30.426092, 0.772356),
    "y-full-range@1": (29.093846, 0.743184),
    "basicsr@1": (29.081355, 0.742955),
    "basicsr-y@1": (30.426092, 0.772356),
    "basicsr-pt@1": (29.081320, 0.742955),
    "basicsr-pt-y@1": (30.426044, 0.772356),
    "skimage@1": (29.081355, 0.762065),
    "skimage-float@1": (29.116665, 0.763479),
    "matlab-2d@1": (29.081355, 0.744311),
}
"""PSNR and SSIM of `pattern`. A protocol never changes: whoever makes one of these fail adds a new version instead."""


ALIGNED = {"realblur@1", "rsblur@1"}
"""Their values depend on the version of OpenCV."""

NOTHING = {"no-target@1"}
"""Measures nothing by itself."""


@pytest.mark.parametrize("name", [name for name in CATALOGUE if name not in ALIGNED | NOTHING])
def test_a_protocol_never_changes(name: str) -> None:
    rows = 384 if get_protocol(name).input == "fit-1024" else None  # a size that it does not change
    scores = get_protocol(name).score(*(image[:rows] for image in pattern()))
    psnr, ssim = FROZEN[name]
    tolerance = 2e-5 if "float32" in get_protocol(name).formula else 1e-6
    assert scores["psnr"] == pytest.approx(psnr, abs=1e-6)
    assert scores.get("ssim") == (None if ssim is None else pytest.approx(ssim, abs=tolerance))


def test_aliases_lead_to_known_protocols() -> None:
    assert get_protocol("prenet") is get_protocol("rain100h@1")
    assert all(get_protocol(alias).name == name for alias, name in ALIASES.items())


def test_no_two_protocols_are_the_same_by_accident() -> None:
    def rule(protocol: Protocol) -> Protocol:
        return replace(protocol, name="", version=0, title="", source=Source("", ""), notes=())

    rules: dict[Protocol, list[str]] = {}
    for name in CATALOGUE:
        rules.setdefault(rule(get_protocol(name)), []).append(name)
    assert [names for names in rules.values() if len(names) > 1] == [
        ["gopro-ssim2d@1", "realblur-noalign@1", "rgb@1", "basicsr@1"],
        ["nafnet@1", "hinet-rgb@1"],
        ["irsde@2", "irsde-clamped@1"],
        ["weatherdiffusion@1", "basicsr-y@1"],
    ]


def test_a_name_means_its_newest_version(own: Protocol) -> None:
    assert get_protocol("own") is own
    assert get_protocol("own@1").version == 1
    assert "own@2" in PROTOCOLS.names()


@pytest.mark.parametrize(("name", "message"), [("gorpo", "did you mean gopro"), ("gopro@7", "did you mean gopro@1")])
def test_a_mistyped_name_gets_a_suggestion(name: str, message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        get_protocol(name)


def test_a_protocol_of_another_package_needs_no_version_in_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = {**CATALOGUE, "theirs": "restorebench.bench.protocols.generic:BASICSR"}  # as entry points add them
    monkeypatch.setattr(PROTOCOLS, "_lazy", theirs)
    monkeypatch.setattr(PROTOCOLS, "_registered", {})
    assert get_protocol("theirs").id == "basicsr@1"


def test_a_protocol_in_a_file_needs_no_registration(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from restorebench.bench.protocols import Protocol, Source\n"
        "crop8 = Protocol('crop8', 3, 'Eight pixels less', Source('me/mine', 'score.py'), crop=8, lpips=None)\n"
    )
    assert get_protocol(f"{tmp_path}/mine.py:crop8").id == "crop8@3"


def test_something_else_is_not_a_protocol(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("number = 3\n")
    with pytest.raises(UsageError, match="is not a protocol"):
        get_protocol(f"{tmp_path}/mine.py:number")


def test_a_float_output_is_clamped_and_rounded_by_the_protocol(pair: tuple[np.ndarray, np.ndarray]) -> None:
    restored, target = pair
    half_even, truncated = quantise(restored, "half-even"), quantise(restored, "truncate")
    for name, quantised in (("gopro", half_even), ("rain100h", truncated)):
        protocol = get_protocol(name)
        assert protocol.score(restored, target) == protocol.score(quantised, target)
        assert np.array_equal(known(protocol.prepare().score(restored, target).restored_u8), quantised)


def test_a_models_own_save_replaces_the_quantiser(pair: tuple[np.ndarray, np.ndarray]) -> None:
    restored, target = pair
    scores = get_protocol("gopro").score(restored, target, quantiser="truncate")
    assert scores == get_protocol("gopro").score(quantise(restored, "truncate"), target)
    assert scores != get_protocol("gopro").score(restored, target)


def test_a_protocol_of_float_outputs_ignores_a_quantiser(pair: tuple[np.ndarray, np.ndarray]) -> None:
    restored, target = pair
    protocol = get_protocol("mimo-unet")
    scores = protocol.prepare(quantiser="truncate").score(restored, target)
    assert scores.restored_u8 is None
    assert scores.metrics == protocol.prepare().score(restored, target).metrics
    unit = target / np.float32(255)
    mse = np.mean((restored.clip(0, 1) - unit) ** 2, dtype=np.float64)
    assert scores.metrics["psnr"] == pytest.approx(-10 * np.log10(mse), abs=1e-12)
    raw = np.mean((restored - unit) ** 2, dtype=np.float64)
    assert get_protocol("maxim").score(restored, target)["psnr"] == pytest.approx(-10 * np.log10(raw), abs=1e-12)


@pytest.mark.parametrize("name", ["gopro", "rain13k", "mimo-unet", "irsde"])
def test_tensors_are_arrays(pair: tuple[np.ndarray, np.ndarray], name: str) -> None:
    restored, target = pair
    expected = get_protocol(name).score(restored, target)
    tensor = torch.from_numpy(restored).permute(2, 0, 1)
    unit_target = torch.from_numpy(target / np.float32(255)).permute(2, 0, 1)
    for x in (tensor, tensor[None], tensor.double().requires_grad_()):
        for y in (unit_target, unit_target[None], torch.from_numpy(target).permute(2, 0, 1)):
            assert get_protocol(name).score(x, y) == expected


def test_the_crop_is_taken_before_anything_else(pair: tuple[np.ndarray, np.ndarray]) -> None:
    restored, target = pair
    spoiled = quantise(restored, "half-even").copy()
    spoiled[:4], spoiled[:, -4:] = 0, 255
    assert get_protocol("irsde").score(spoiled, target) == get_protocol("irsde").score(restored, target)
    assert get_protocol("irsde-nocrop").score(spoiled, target) != get_protocol("irsde-nocrop").score(restored, target)


def test_nafnets_peak_looks_at_the_restored_image() -> None:
    target = np.full((20, 20, 3), 50, np.uint8)
    black = np.zeros_like(target)
    assert get_protocol("nafnet").score(black, target)["psnr"] == pytest.approx(-20 * np.log10(50))
    assert get_protocol("gopro").score(black, target)["psnr"] == pytest.approx(20 * np.log10(255 / 50))
    assert get_protocol("nafnet").score(target, black)["psnr"] == pytest.approx(20 * np.log10(255 / 50))


@pytest.mark.parametrize(
    ("name", "psnr", "means"),
    [("gopro", math.inf, "infinite"), ("deblurganv2", 100.0, "finite"), ("basicsr-pt", 80.0, "finite")],
)
def test_identical_images(name: str, psnr: float, means: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    protocol = get_protocol(name)
    scores = protocol.prepare().score(image, image)
    assert scores.metrics["psnr"] == pytest.approx(psnr)
    assert protocol.infinite_psnr == means
    assert scores.alignment is None


def test_a_metric_without_a_number_has_a_reason(pair: tuple[np.ndarray, np.ndarray]) -> None:
    restored, target = pair
    scorer = get_protocol("rgb").prepare()
    assert "restorebench fetch lpips-alex" in scorer.unavailable["lpips"]
    scores = scorer.score(restored[:8], target[:8])
    assert scores.metrics["psnr"] is not None
    assert scores.metrics["ssim"] is None
    assert "at least 11x11" in scores.nulls["ssim"]
    assert scores.metrics["lpips"] is None
    assert scores.nulls["lpips"] == scorer.unavailable["lpips"]
    cropped = get_protocol("irsde").prepare().score(restored[:8], target[:8])
    assert cropped.metrics["psnr"] is None
    assert "border of 4" in cropped.nulls["psnr"]


def test_an_alignment_that_fails_is_a_reason() -> None:
    pytest.importorskip("cv2", reason="RealBlur's alignment needs OpenCV")
    target = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    scores = get_protocol("realblur").prepare().score(np.zeros_like(target), target)
    assert scores.metrics["psnr"] is scores.metrics["ssim"] is None
    assert "black" in scores.nulls["psnr"]
    assert "black" in scores.nulls["ssim"]
    assert scores.alignment is None


def test_realblur_without_opencv_is_refused_before_the_first_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingDependencyError, match=r"restorebench\[realblur\]"):
        get_protocol("realblur").prepare()


@pytest.mark.parametrize(
    ("restored", "target", "message"),
    [
        (np.zeros((8, 9, 3), np.uint8), np.zeros((9, 8, 3), np.uint8), "8x9x3 and its target is 9x8x3"),
        (np.zeros((8, 9, 4), np.uint8), np.zeros((8, 9, 4), np.uint8), r"must be \(H, W, 3\)"),
        (np.zeros((0, 9, 3), np.uint8), np.zeros((0, 9, 3), np.uint8), r"must be \(H, W, 3\)"),
        (torch.zeros(2, 3, 8, 9), np.zeros((8, 9, 3), np.uint8), r"must be \(H, W, 3\)"),
        (np.zeros((8, 9, 3), np.int64), np.zeros((8, 9, 3), np.uint8), "int64"),
        ("image.png", np.zeros((8, 9, 3), np.uint8), "not str"),
        (np.zeros((8, 9, 3), np.uint8), np.full((8, 9, 3), 0.501, np.float32), "8-bit image divided by 255"),
        (np.zeros((8, 9, 3), np.uint8), np.full((8, 9, 3), 2.0, np.float32), "outside"),
        (np.zeros((8, 9, 3), np.uint8), np.full((8, 9, 3), np.nan, np.float32), "8-bit image"),
    ],
)
def test_what_is_not_a_pair_of_images_is_refused(restored: object, target: object, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        get_protocol("rgb").score(restored, target)  # pyright: ignore[reportArgumentType] -- what a wrong caller does


def test_nan_is_refused() -> None:
    with pytest.raises(RestorationError, match="NaN"):
        get_protocol("rgb").score(np.full((16, 16, 3), np.nan, np.float32), np.zeros((16, 16, 3), np.uint8))
    with pytest.raises(RestorationError, match="NaN"):
        get_protocol("mimo-unet").score(np.full((16, 16, 3), np.nan, np.float32), np.zeros((16, 16, 3), np.uint8))


def test_one_scorer_serves_many_threads() -> None:
    random = np.random.default_rng(0)
    pairs = [tuple(random.integers(0, 256, (2, 60 + i, 300, 3), dtype=np.uint8)) for i in range(12)]
    scorer = get_protocol("gopro").prepare()
    expected = [scorer.score(*pair).metrics for pair in pairs]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda pair: scorer.score(*pair).metrics, pairs)) == expected


def test_the_command_lists_every_protocol(own: Protocol, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocols"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if "@" in line}
    assert list(rows) == [*CATALOGUE, "own@1", own.id]
    for name in ("gopro@1", "realblur@1", "uformer@1", "irsde@1"):
        assert str(get_protocol(name).source) in rows[name]
    assert "3-D" in rows["gopro@1"]
    assert "ECC" in rows["realblur@1"]
    assert "L=2" in rows["uformer@1"]
    assert "crop 4" in rows["irsde@1"]
    assert "raw output" in rows["irsde@1"]


def test_the_command_shows_formulas(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocols", "show", "gopro"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("gopro@1: ")
    assert "ssim: 11x11x11 Gaussian sigma=1.5 over rows, columns and channels; replicate border, full map;" in shown
    assert "psnr: 10 log10(255² / (mean (x - y)²))" in shown
    assert "source: swz30/Restormer Motion_Deblurring/evaluate_gopro_hide.m" in shown
    assert main(["protocols", "show", "own", "--json"]) == 2
    assert main(["protocols", "show", "gorpo"]) == 2
    assert "did you mean gopro" in capsys.readouterr().err


def test_the_command_speaks_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocols", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [item["id"] for item in listed] == list(CATALOGUE)
    assert main(["protocols", "show", "mimo-unet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["metrics"] == ["psnr", "lpips"]


def test_protocols_are_light() -> None:
    code = (
        "import sys, restorebench.bench.protocols as p; p.get_protocol('gopro'); "
        "print({'torch', 'scipy', 'skimage', 'lpips', 'cv2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 -- code is above
    assert done.stdout.strip() == "set()"


MINE = Metric(name="mine", title="Mine", higher_is_better=False, compute=lambda x, y: float(abs(x - y).max()))


def test_metrics_are_added_behind_the_protocols_own_and_leave_it_as_it_is():
    protocol = get_protocol("rgb@1")
    more = protocol.with_metrics([MINE, SSIM])
    assert more.metrics == (*protocol.metrics, "mine")
    assert protocol.metrics == tuple(MEASURED)
    assert "mine: " in more.formula
    assert more.to_json()["metrics"] == list(more.metrics)
    assert list(more.metric_facts) == list(more.metrics)
    assert more.with_metrics([]) == more


def test_a_metric_cannot_take_the_name_of_a_protocols_own():
    with pytest.raises(UsageError, match="SSIM is a metric of the protocols: give the metric 'ssim' another name"):
        get_protocol("rgb@1").with_metrics([replace(MINE, name="ssim")])


def test_a_protocol_whose_source_has_no_ssim_gets_none():
    protocol = replace(get_protocol("rgb@1"), ssim=None)
    with pytest.raises(UsageError, match="rgb@1 has no SSIM: choose a protocol that has it"):
        protocol.with_metrics([SSIM])


def test_two_versions_are_alike_where_their_rules_are_and_nowhere_else():
    assert measures_alike("irsde@1", "irsde@2", "psnr")
    assert measures_alike("irsde@2", "irsde@1", "ssim")
    assert not measures_alike("irsde@1", "irsde@2", "lpips")
    assert measures_alike("unknown@1", "unknown@1", "psnr")
    assert not measures_alike("unknown@1", "unknown@2", "psnr")
    assert not measures_alike("rgb@1", "basicsr@1", "psnr"), "equal rules under another name are another protocol"


def test_a_folder_of_the_raw_convention_still_means_what_it_meant():
    assert (
        get_protocol("irsde@1").formulas["lpips"].endswith("raw float output, neither clamped nor quantised, uncropped")
    )
    assert get_protocol("irsde").version == 2
