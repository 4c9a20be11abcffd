"""Evaluating a network on a folder, beside the inner loops of official test scripts."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
from restorebench.bench.contracts import DatasetCard, DatasetReport, ImagePair, ModelCard
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.evaluate import evaluate
from restorebench.bench.files.images import FileImage, save_png
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.inference import Restorer
from restorebench.bench.protocols.protocol import get_protocol
from restorebench.bench.registry.specs import bind_options, parse_spec
from torch import nn

from .contest import Contest, Rival, is_installed
from .photographs import pair

ROOM = "evaluation"
HEIGHT, WIDTH = 320, 480
NOTHING = "a network that costs nothing"

Loop = Callable[[nn.Module, Sequence[ImagePair], Path], float]


@dataclass(frozen=True, slots=True)
class Script:
    """An official script, by the names of its loop, its protocol here and a small network of its kind."""

    name: str
    protocol: str
    network: str
    quantiser: Literal["half-even", "truncate"]
    note: str
    pairs: int = 24
    """With the network that costs nothing; what starting a run costs is spread over them."""

    slow: bool = False


SCRIPTS = (
    Script(
        "NAFNet's loop", "nafnet@1", "nafnet-nano", "half-even", "its SSIM is a plain 3-D convolution", 6, slow=True
    ),
    Script("Restormer's loop", "rain13k@1", "restormer-nano", "half-even", "scored afterwards, as by MATLAB"),
    Script("PReNet's loop", "rain100h@1", "prenet[recurrent_iter=1]", "truncate", "scored afterwards, as by MATLAB"),
)


class Folder:
    """Pairs of PNG files."""

    variant = ""

    def __init__(self, pairs: Sequence[ImagePair]) -> None:
        self.card = DatasetCard("folder", "Folder", "deblurring", None, "rgb@1", (), "", "", "")
        self.report = DatasetReport("folder", "", len(pairs), None, "", "")
        self.pairs = pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[ImagePair]:
        return iter(self.pairs)

    def __getitem__(self, key: str) -> ImagePair:
        return next(each for each in self.pairs if each.key == key)


def written(root: Path, count: int) -> Iterator[ImagePair]:
    """Photographs as PNG files."""
    for index in range(count):
        paths = [root / kind / f"{index}.png" for kind in ("degraded", "target")]
        for path, image in zip(paths, pair(HEIGHT, WIDTH, index), strict=True):
            save_png(path, image)
        yield ImagePair(str(index), FileImage(paths[0]), FileImage(paths[1]))


def contests(scale: float) -> Iterator[Contest]:
    """Every script with a network that costs nothing, and with a small one of its kind on fewer pairs."""
    with tempfile.TemporaryDirectory() as name, every_core():
        pairs = list(written(Path(name), max(script.pairs for script in SCRIPTS)))
        for script in SCRIPTS:
            for network, count in ((NOTHING, script.pairs), (script.network, 6 if scale >= 1 else 2)):
                yield beside(script, network, Folder(pairs[:count]), Path(name))


def beside(script: Script, network: str, folder: Folder, scratch: Path) -> Contest:
    """A script and this project on the same network and files; both return the mean PSNR."""
    module = built(network)
    card = ModelCard("network", "Network", "restoration", needs_weights=False)
    protocol = replace(get_protocol(script.protocol), lpips=None)

    def ours() -> float:
        out = emptied(scratch / "ours")
        control = Control(save_images="all")
        run = evaluate(Restorer(module, card), folder, protocol, out=out, quantiser=script.quantiser, control=control)
        return float(run.scores["psnr"].mean())

    if not is_installed("cv2"):
        reason = "not measured, as it needs OpenCV: `pip install opencv-python-headless`"
        return Contest(ROOM, network, ours, (Rival(script.name, None, reason),), 0, 1)
    from . import loops

    run_loop: Loop = getattr(loops, f"{script.network.partition('-')[0].partition('[')[0]}_loop")

    def theirs() -> float:
        return run_loop(module, folder.pairs, emptied(scratch / "theirs"))

    task = f"{network}, {len(folder)} pairs"
    rival = Rival(script.name, theirs, script.note, script.slow)
    return Contest(ROOM, task, ours, (rival,), 0, 3, "wall")


def built(name: str) -> nn.Module:
    """A network with weights that are random and always the same."""
    if name == NOTHING:
        return nn.Identity()
    torch.manual_seed(0)
    spec = parse_spec(name)
    make = MODELS.get(spec.name).build
    return make(**bind_options(make, spec.options, name)).eval()


def emptied(folder: Path) -> Path:
    """A new empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@contextmanager
def every_core() -> Iterator[None]:
    """Let networks compute on all cores, as both sides do by default."""
    before = torch.get_num_threads()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    try:
        yield
    finally:
        torch.set_num_threads(before)
