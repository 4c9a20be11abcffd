"""Submissions with images: a small data set, a method that was scored on it, and the archives of its run."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from restorebench.bench.cli import main
from restorebench.bench.datasets import open_dataset
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.evaluate import score_images
from restorebench.bench.runs.run import find_runs, load_run, parse_info
from restorebench.reports.image_archives import images_beside, pack_images
from restorebench.reports.submission import pack_run

from helpers.restored_images import write_pairs

Contents = dict[str, bytes]


@dataclass(frozen=True)
class Submission:
    data: Path
    """Root of the data set `paired`."""

    restored: Path
    run: Path
    archive: Path

    @property
    def images(self) -> Path:
        return images_beside(self.archive)


def write_submission(
    folder: Path, count: int = 3, protocols: Sequence[str] = ("rgb@1",), name: str = "mine"
) -> Submission:
    """Score images, and pack the run with its images."""
    data, restored = write_pairs(folder, count, 40, 50)
    control = Control(save_images="all")
    run = score_images(
        restored, open_dataset("paired", data), name=name, out=folder / "runs", protocols=protocols, control=control
    )
    archive = pack_run(load_run(run.path), folder / "sent" / f"{name}.zip")
    pack_images(load_run(run.path), images_beside(archive))
    return Submission(data, restored, run.path, archive)


def write_embedded_submission(folder: Path, dataset: str = "quickstart-blur") -> Path:
    """Run the identity on an embedded data set, pack the run with its images, and return the archive."""
    command = ["run", "-m", "identity", "-d", dataset, "-p", "rgb", "--limit", "2", "--save-images", "all", "--quiet"]
    assert main([*command, "--out", str(folder / "embedded")]) == 0
    (run,) = find_runs(folder / "embedded")
    archive = pack_run(run, folder / "embedded.zip")
    pack_images(run, images_beside(archive))
    return archive


def edit_archive(archive: Path, change: Callable[[Contents], None]) -> None:
    """Rewrite a zip file with changed contents."""
    with zipfile.ZipFile(archive) as stream:
        contents = {name: stream.read(name) for name in stream.namelist()}
    change(contents)
    with zipfile.ZipFile(archive, "w") as stream:
        for name, data in contents.items():
            stream.writestr(name, data)


def seal(contents: Contents) -> None:
    """Make the manifest fit the contents of an archive again, as whoever edits it can."""
    info = parse_info(contents["run.json"], "run.json")
    raw = json.loads(contents["run.json"]) | {"plan_sha256": info.plan.sha256}
    contents["run.json"] = json.dumps(raw).encode()
    manifest = json.loads(contents["manifest.json"]) | {"plan_sha256": info.plan.sha256}
    for name, packed in manifest["files"].items():
        packed["sha256"], packed["bytes"] = hashlib.sha256(contents[name]).hexdigest(), len(contents[name])
    contents["manifest.json"] = json.dumps(manifest).encode()


def forge_records(archive: Path, **metrics: float) -> None:
    """Edit the first record of a run by one protocol, and everything that is computed from it."""

    def forge(contents: Contents) -> None:
        lines = [json.loads(line) for line in contents["scores.jsonl"].splitlines()]
        info = json.loads(contents["run.json"])
        records = [next(iter(line["metrics"].values())) for line in lines if "metrics" in line]
        for metric, value in metrics.items():
            records[0][metric] = value
            info["summary"]["metrics"][metric]["mean"] = sum(each[metric] for each in records) / len(records)
        contents["scores.jsonl"] = "".join(json.dumps(line) + "\n" for line in lines).encode()
        contents["run.json"] = json.dumps(info).encode()
        seal(contents)

    edit_archive(archive, forge)


def brighter(png: bytes) -> bytes:
    """The image with one level more in its first pixel."""
    pixels = np.asarray(Image.open(io.BytesIO(png))).copy()
    pixels[0, 0, 0] ^= 1
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()
