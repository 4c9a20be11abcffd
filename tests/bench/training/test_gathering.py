"""Parts of a data set, their growth, and known motion, from a small experiment on photographs of a folder."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from restorebench.bench import load_model, open_dataset
from restorebench.bench.errors import UsageError
from restorebench.bench.files.images import save_png
from restorebench.bench.models.physics.motion import field_motion
from restorebench.bench.models.physics.observe import observe
from restorebench.bench.runs.run import load_run
from restorebench.bench.slices.attributes_file import read_attributes
from restorebench.bench.training.experiment import Workplace, read_experiment, run_experiment
from restorebench.bench.training.results import Results
from restorebench.datasets.synthesis.photographs import photograph
from restorebench.reports.physics.verdict_page import verdict_lines

RECIPE = """
title = "short"
model = "nafnet-nano"
crop = 16
batch = 1
ema = 0.0
[[data]]
source = "known-motion[size=16]={clean}"
[[stages]]
iterations = 2
learning_rate = 1e-2
"""

EXPERIMENT = """
title = "Parts"
seeds = [0, 1, 2]
interval = "images and seeds"
[[studies]]
task = "motion blur"
recipe = "{folder}/short.toml"
arms = [{{ model = "nafnet-nano" }}, {{ model = "nafnet-nano+pde-global" }}]
tests = ["known-motion={{clean}}"]
parts = {{ dataset = "known-motion", by = "extent", edges = [15, 30] }}
motion = "known-motion"
"""

WHOLE = "known-motion"
PARTS = tuple(f"{WHOLE}, extent {label}" for label in ("below 15", "15 to 30", "30 and more"))
GROWTH = f"{PARTS[2]}, minus that of extent below 15"


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    (tmp_path / "short.toml").write_text(RECIPE)
    path = tmp_path / "parts.toml"
    path.write_text(EXPERIMENT.format(folder=tmp_path))
    return path


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """Six photographs, of which 32x40 pixels are inside the margin."""
    image = photograph("astronaut")
    for index in range(6):
        save_png(tmp_path / "clean" / f"p{index}.png", image[60 * index : 60 * index + 96, 100:204])
    return tmp_path / "clean"


def run(experiment: Path, out: Path, clean: Path) -> Results:
    return list(run_experiment(read_experiment(experiment), Workplace(out, roots={"clean": str(clean)})))[-1]


def gains_by_hand(out: Path) -> dict[str, dict[str, list[float]]]:
    """PSNR gains of +pde-global from the run folders: photograph, range and seed."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for seed in range(3):
        psnrs: list[dict[str, float]] = []
        for model in ("nafnet-nano", "nafnet-nano+pde-global"):
            scores = load_run(out / "eval" / f"seed{seed}" / WHOLE / model).scores
            psnrs.append(dict(zip(scores["key"], scores["psnr"], strict=True)))
        for key, value in psnrs[0].items():
            name, bounds = key.split("/")
            found[name][bounds].append(psnrs[1][key] - value)
    return found


@pytest.mark.slow
def test_parts_growth_and_motion_are_those_of_the_run_folders(experiment: Path, tmp_path: Path, clean: Path) -> None:
    out = tmp_path / "out"
    results = run(experiment, out, clean)
    levels = {each.dataset: each for each in results.levels if each.metric == "psnr"}
    assert [levels[place].images for place in (WHOLE, *PARTS)] == [18, 6, 6, 6]
    assert levels[WHOLE].mean == pytest.approx(fmean(levels[part].mean for part in PARTS))

    differences = {each.dataset: each for each in results.differences if each.metric == "psnr"}
    assert list(differences) == [WHOLE, *PARTS, GROWTH]
    by_hand = gains_by_hand(out)
    for part, bounds in zip(PARTS, ("05-15", "15-30", "30-45"), strict=True):
        rows = np.array([by_hand[name][bounds] for name in by_hand])
        assert differences[part].per_seed == pytest.approx(rows.mean(axis=0))
    rows = np.array([np.subtract(by_hand[name]["30-45"], by_hand[name]["05-15"]) for name in by_hand])
    assert differences[GROWTH].per_seed == pytest.approx(rows.mean(axis=0))
    assert differences[GROWTH].mean == pytest.approx(rows.mean())
    for each in differences.values():
        assert each.low is not None
        assert each.high is not None
        assert each.low < each.mean < each.high

    kept = read_attributes(out / "eval" / "seed0" / WHOLE / "nafnet-nano")
    assert {key: line.values["extent"] for key, line in kept.items()} == pytest.approx(
        {pair.key: pair.attributes["extent"] for pair in open_dataset("known-motion", clean)}
    )
    assert [(each.dataset, each.images, each.model) for each in results.motions] == [
        (place, images, "nafnet-nano+pde-global") for place, images in zip((WHOLE, *PARTS), (18, 6, 6, 6), strict=True)
    ]
    weights = out / "train" / "short" / "nafnet-nano+pde-global" / "seed1" / "weights.safetensors"
    restorer = load_model("nafnet-nano+pde-global", weights)
    pairs = list(open_dataset("known-motion", clean))
    cosines: list[float] = []
    for pair in pairs:
        _, along, across = field_motion(observe(restorer, pair.degraded.read()), (32, 40))
        cosines.append(np.cos(np.arctan2(across, along) - np.deg2rad(2 * pair.attributes["direction"])))
    assert results.motions[0].cosine_per_seed[1] == pytest.approx(np.mean(cosines), abs=1e-5)

    page = "\n".join(verdict_lines(results))
    assert "95 % over images and seeds" in page
    assert f"| motion blur | {PARTS[2]} | gopro@1 | 6 | nafnet-nano |" in page
    assert f"| {PARTS[2]} | 6 | nafnet-nano+pde-global | {results.motions[3].cosine:+.3f} |" in page

    motions = {path: path.stat().st_mtime_ns for path in out.glob("motion/*/*/*.json")}
    assert len(motions) == 3
    again = run(experiment, out, clean)
    assert (again.differences, again.motions) == (results.differences, results.motions)
    assert motions == {path: path.stat().st_mtime_ns for path in out.glob("motion/*/*/*.json")}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '{ dataset = "known-motion"',
            '{ dataset = "knwon-motion"',
            "parts of 'knwon-motion': did you mean known-motion",
        ),
        ('by = "extent"', 'by = "extend"', "Unknown attribute 'extend': did you mean extent"),
        ("edges = [15, 30]", "edges = [30, 15]", "rising numbers"),
        ("edges = [15, 30]", "edges = []", "rising numbers"),
        ('motion = "known-motion"', 'motion = "gopro"', "compares motion in 'gopro'"),
        ('interval = "images and seeds"', 'interval = "seeds"', "interval"),
    ],
)
def test_mistakes_are_told(experiment: Path, old: str, new: str, message: str) -> None:
    text = experiment.read_text(encoding="utf-8")
    assert old in text
    experiment.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read_experiment(experiment)
