"""Run folders to draw from: real plans, cards and records around invented numbers and small pictures."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image
from restorebench.bench.contracts import Checkpoint, Citation, DatasetCard, DatasetReport, ModelCard
from restorebench.bench.machine.environment import Environment
from restorebench.bench.metrics.registry import known_facts
from restorebench.bench.models.physics.maps import FieldMaps, fields_path, save_fields
from restorebench.bench.runs.journal import rewrite_journal
from restorebench.bench.runs.pictures import picture_path
from restorebench.bench.runs.plan import Plan
from restorebench.bench.runs.records import ScoreRecord
from restorebench.bench.runs.run import ProtocolFacts, RunInfo, WeightsFacts, cell_name, write_info
from restorebench.bench.runs.summary import summarise_records

from helpers.records import NOT_HERE, scored

ENVIRONMENT = Environment(
    python="3.12.1",
    platform="Linux-6.1-x86_64",
    machine="x86_64",
    cpu="Some CPU @ 3 GHz",
    cpu_count=2,
    packages={"restorebench": "0.1.0", "torch": "2.6.0", "numpy": "2.1.0"},
    threads=2,
    commit="abcdef012345",
)

DATASETS = {
    "rain100h": DatasetCard(
        name="rain100h",
        title="Rain100H",
        task="deraining",
        expected_pairs=100,
        default_protocol="rain100h@1",
        layouts=("input/norain-*.png and target/",),
        licence="none stated",
        homepage="https://example.org/rain",
        how_to_get="Ask the authors.",
        citation=Citation(("Yang, Wenhan", "others"), "Deep Joint Rain Detection", "CVPR", 2017),
    ),
    "gopro": DatasetCard(
        name="gopro",
        title="GoPro",
        task="deblurring",
        expected_pairs=1111,
        default_protocol="gopro@1",
        layouts=("test/SEQUENCE/blur and sharp",),
        licence="CC BY 4.0",
        homepage="https://example.org/gopro",
        how_to_get="Download GOPRO_Large.zip.",
        citation=Citation(("Nah, Seungjun", "others"), "Deep Multi-scale Network", "CVPR", 2017),
    ),
    "realblur-j": DatasetCard(
        name="realblur-j",
        title="RealBlur-J",
        task="deblurring",
        expected_pairs=980,
        default_protocol="realblur@1",
        layouts=("RealBlur-J_ECC_IMCORR_centroid_itensity_ref",),
        licence="none stated",
        homepage="",
        how_to_get="Ask the authors.",
    ),
    "hide": DatasetCard(
        name="hide",
        title="HIDE",
        task="deblurring",
        expected_pairs=2025,
        default_protocol="gopro@1",
        layouts=("test/",),
        licence="none stated",
        homepage="",
        how_to_get="Ask the authors.",
    ),
}  # fmt: skip -- cards read as paragraphs

DATASETS |= {
    name: replace(DATASETS["rain100h"], name=name, title=title, task=task, default_protocol="rgb@1", expected_pairs=20)
    for name, title, task in (
        ("rain100l", "Rain100L", "deraining"),
        ("snow100k-l", "Snow100K-L", "desnowing"),
        ("sots-outdoor", "SOTS outdoor", "dehazing"),
    )
}

FORMULA = "PSNR = 10 log10(1 / mean((x - y)^2)) on Y; SSIM: Wang 2004"


@dataclass(frozen=True, slots=True)
class FakeRun:
    """What a test wants of a run; everything else is made up, the same way every time."""

    model: str = "prenet"
    title: str = "PReNet"
    family: str = "PReNet"
    year: int | None = 2019
    dataset: str = "rain100h"
    protocol: str = ""
    psnr: Sequence[float] | float = 29.46
    """Per image, or the mean of invented values."""

    ssim: Sequence[float] | float = 0.899
    images: int = 100
    found: int | None = None
    """Pairs of the copy; as many as the card expects by default."""

    selected: int | None = None
    failed: int = 0
    variant: str = ""
    warnings: tuple[str, ...] = ()
    weights: str = "a" * 64
    trained_on: str = ""
    """Makes the weights an official file."""

    inference: str = "full image"
    official_quantiser: str | None = None
    quantiser: str = "half-even"
    settings: tuple[tuple[str, object], ...] = (("device", "cpu"), ("precision", "fp32"))
    metrics: tuple[str, ...] = ("psnr", "ssim")
    created: str = "2026-01-02T03:04:05Z"
    demonstration: bool = False
    card_name: str = ""
    base: str = ""
    keys: Sequence[str] = ()
    lpips_reason: str = ""
    tile: int | None = None


def write_run(out: Path, fake: FakeRun, *, pictures: Sequence[int] = (), fields: Sequence[int] = ()) -> Path:
    """Write the run folder; `pictures` and `fields` are the positions of images of which these are kept."""
    card = replace(DATASETS[fake.dataset], demonstration=fake.demonstration)
    found = fake.found if fake.found is not None else card.expected_pairs or fake.images
    protocol = fake.protocol or card.default_protocol
    records = tuple(_records(fake, protocol))
    selected = fake.selected if fake.selected is not None else fake.images
    report = DatasetReport("layout", fake.variant, found, card.expected_pairs, "/data", f"{found:064d}", fake.warnings)
    checkpoints = (Checkpoint("official", fake.trained_on, "", fake.weights),) if fake.trained_on else ()
    model = ModelCard(
        name=fake.card_name or fake.model.partition("[")[0],
        title=fake.title,
        task=card.task,
        family=fake.family,
        year=fake.year,
        citation=Citation(("Someone", "others"), f"A paper on {fake.title}", "CVPR", 2019),
        base=fake.base,
        variant=fake.inference,
        checkpoints=checkpoints,
        quantiser=fake.official_quantiser,  # pyright: ignore[reportArgumentType]
    )  # fmt: skip -- one card, three lines
    plan = Plan(
        model=fake.model,
        weights_sha256=fake.weights,
        dataset=fake.dataset,
        listing_sha256=report.listing_sha256,
        protocol=protocol,
        quantiser=fake.quantiser,  # pyright: ignore[reportArgumentType]
        settings=dict(fake.settings),  # pyright: ignore[reportArgumentType]
    )  # fmt: skip -- one plan, three lines
    facts = ProtocolFacts(
        protocol, f"Protocol of {card.title}", "official script", FORMULA, fake.metrics, plan.quantiser
    )
    info = RunInfo(
        plan,
        plan.sha256,
        card,
        report,
        model,
        WeightsFacts("/weights/w.pth", fake.weights),
        facts,
        ENVIRONMENT,
        f"restorebench run -m {fake.model}=w.pth -d {fake.dataset}=/data",
        fake.created,
        selected,
        summarise_records(records, {name: known_facts(name) for name in fake.metrics}, selected),
    )  # fmt: skip -- one info, three lines
    folder = out / cell_name(fake.dataset) / cell_name(fake.model)
    folder.mkdir(parents=True)
    write_info(folder, info)
    rewrite_journal(folder / "scores.jsonl", records)
    for index in pictures:
        _pictures(folder, records[index].key, index, zlib.crc32(fake.model.encode()) % 97)
    for index in fields:
        save_fields(fields_path(folder, records[index].key), made_fields(index))
    return folder


def made_fields(index: int) -> FieldMaps:
    """15 x 20 cells that drift to the right in their right half."""
    rows, columns = np.mgrid[:15, :20].astype(np.float64)
    right = np.where(columns >= 10, 0.25, 0.0)
    spread, source = (0.1 + columns / 100, 0.1 + rows / 100), (columns - 9.5) * (index + 1)
    return FieldMaps(right, np.zeros_like(right), *spread, source, steps=8, time=1.0, untrained=False)


def _records(fake: FakeRun, protocol: str) -> list[ScoreRecord]:
    values = {
        "psnr": _values(fake.psnr, fake.images, 2.0, fake.model),
        "ssim": _values(fake.ssim, fake.images, 0.02, fake.model),
    }
    records: list[ScoreRecord] = []
    for index in range(fake.images):
        key = fake.keys[index] if fake.keys else f"seq{index // 10:02d}/{index:06d}"
        group, pair = key.rpartition("/")[0], f"{index:016x}"
        metrics = {name: values[name][index] if name in values else None for name in fake.metrics}
        if index < fake.failed:
            reason = "out of memory"
            records.append(
                ScoreRecord.failed(key, reason, {protocol: fake.metrics}, group=group, size=(90, 120), pair=pair)
            )
        else:
            missing = fake.lpips_reason or NOT_HERE
            records.append(
                scored(
                    key,
                    metrics,
                    protocol=protocol,
                    seconds=0.25,
                    missing=missing,
                    group=group,
                    size=(90, 120),
                    pair=pair,
                    tile=fake.tile,
                )
            )
    return records


def _values(wanted: Sequence[float] | float, count: int, spread: float, model: str) -> list[float]:
    if not isinstance(wanted, int | float):
        return list(wanted)
    seed = zlib.crc32(model.encode())
    noise = np.random.default_rng(7).normal(0, spread, count) + np.random.default_rng(seed).normal(0, spread / 8, count)
    return [float(value) for value in wanted + noise - noise.mean()]


def _pictures(folder: Path, key: str, index: int, strength: int) -> None:
    height, width = 180, 240
    rows, columns = np.mgrid[:height, :width]
    waves = [127 + 100 * np.sin((rows * (3 + channel) + columns * (5 + index)) / 40) for channel in range(3)]
    target = np.stack(waves, axis=-1)
    noise = np.random.default_rng(index).normal(0, 40, target.shape)
    images = folder.parent / "images"
    for path, image in (
        (picture_path(images / "target", key), target),
        (picture_path(images / "degraded", key), target + noise),
        (picture_path(folder / "restored", key), target + noise * (0.1 + strength / 400)),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(path)
