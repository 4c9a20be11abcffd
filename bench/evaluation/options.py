"""Options of `restorebench run`, from flags, a TOML suite, or both, with the same names.

models = ["prenet=weights/prenet.pth", "./mine.py:build"]
datasets = ["rain100h=/data/Rain100H", "gopro[variant=blur_gamma]=/data/GOPRO_Large"]
protocols = ["rain100h@1", "rain13k@1"]
out = "results"
device = "cuda"
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..contracts import Precision, QuantiserName
from ..errors import UsageError
from ..files.toml import read_document
from ..models.exported.files import is_model_file
from ..registry.registry import is_user_file
from ..registry.specs import parse_spec
from ..runs.saved_images import SaveImages
from .completers import complete_datasets, complete_metrics, complete_models, complete_protocols
from .suites import SUITES

__all__ = ["RunOptions", "read_suite"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of `restorebench run`; `None` means the value of the suite file, or the default."""

    models: Annotated[tuple[str, ...], Parameter(name=["--model", "-m"], completer=complete_models)] = ()
    """NAME[=WEIGHTS], ./file.py:attribute[=WEIGHTS], package.module:attribute, net.onnx, a TorchScript or torch.export
    file, or 'cmd:PROGRAM {input} {output}'; with options 'NAME[option=value]=WEIGHTS'. Repeatable."""

    datasets: Annotated[tuple[str, ...], Parameter(name=["--dataset", "-d"], completer=complete_datasets)] = ()
    """NAME=ROOT; with options 'gopro[variant=blur_gamma]=ROOT'. Repeatable."""

    protocols: Annotated[tuple[str, ...], Parameter(name=["--protocol", "-p"], completer=complete_protocols)] = ()
    """Evaluation protocol (default: the one used in papers for each data set); see `restorebench protocols`.
    Repeatable: every image is restored once and measured by each. One that is added later measures kept images."""

    protocol: Annotated[str | None, Parameter(parse=False)] = None
    """A single protocol, as suite files may name it."""

    metrics: Annotated[tuple[str, ...], Parameter(name="--metric", completer=complete_metrics)] = ()
    """Measure this besides the metrics of the protocols: ./file.py:METRIC, or a registered name. Repeatable."""

    out: str | None = None
    """Output folder of the runs OUT/DATASET/MODEL (default: restorebench-out)."""

    limit: int | None = None
    """Evaluate only the first LIMIT pairs; a later run without it does the rest."""

    device: str | None = None
    """cpu, cuda or cuda:N (default: cuda if available)."""

    precision: Precision | None = None
    """Arithmetic of the model (default: fp32); recorded."""

    save_images: SaveImages | None = None
    """Restored images to keep; worst (the default) keeps the 6 worst and the 2 best, and for the report those chosen
    over all models."""

    quantiser: QuantiserName | None = None
    """8-bit rounding (default: the model's official one, otherwise the protocol's)."""

    tile: int | None = None
    """Restore in square tiles of this side, in pixels; marked in every result."""

    tile_overlap: int | None = None
    """Overlap of neighbouring tiles, in pixels (default: 32)."""

    tile_on_oom: bool | None = None
    """Restore an image in tiles if it does not fit into memory; marked in its record."""

    channels_last: bool | None = None
    """Use torch's channels_last memory layout."""

    seed: int | None = None
    """Seed of stochastic models and of networks that draw random numbers (default: 0)."""

    samples: int | None = None
    """Number of restorations per image by such a model; scores are averaged, and their spread is recorded."""

    max_failures: int | None = None
    """Stop a model on a data set after so many failed images (default: when the first 8 all fail)."""

    fail_fast: bool | None = None
    """Stop at the first failed image."""

    workers: int | None = None
    """Threads for decoding, and as many again for scoring (default: one per core, 2 to 16)."""

    image_memory: float | None = None
    """GB of memory for decoded images, which the models of a run share, and half as much again for what LPIPS makes of
    their targets (default: a quarter of what is available; 0 does everything for each model)."""

    def over(self, other: RunOptions) -> RunOptions:
        """Merge with other options; these take precedence where they are set."""
        mine = {field.name: getattr(self, field.name) for field in fields(self)}
        given = {name: value for name, value in mine.items() if value is not None and value != ()}
        if self.asked_protocols:
            other = replace(other, protocols=(), protocol=None)
        return replace(other, **given)

    @property
    def asked_protocols(self) -> tuple[str, ...]:
        """The protocols that were named in either way; empty for the default."""
        return self.protocols or (() if self.protocol is None else (self.protocol,))

    def check(self) -> None:
        """Validate the numbers.

        Raises:
            UsageError: a count is not positive, the overlap is negative, or two options contradict each other.
        """
        if self.protocols and self.protocol is not None:
            raise UsageError("Both protocol and protocols are given: name all of them under protocols.")
        for name in ("limit", "tile", "samples", "max_failures", "workers"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"--{name} is {value}, but must be at least 1.")
        if self.image_memory is not None and not 0 <= self.image_memory < math.inf:
            raise UsageError(f"--image-memory is {self.image_memory:g}, but must be a number of GB from 0 on.")
        if self.tile_overlap is not None and self.tile_overlap < 0:
            raise UsageError(f"--tile-overlap is {self.tile_overlap}, but must not be negative.")
        if self.fail_fast and self.max_failures not in (None, 1):
            raise UsageError(
                f"--fail-fast stops at the first failure, --max-failures {self.max_failures} later: give one."
            )

    @property
    def most_failures(self) -> int | None:
        """After how many failed images to stop; `None` for the default."""
        return 1 if self.fail_fast else self.max_failures


def read_suite(path: Path) -> RunOptions:
    """Read a suite file; paths in it are relative to the file.

    Raises:
        UsageError: the file does not exist, is not TOML, or has an unknown key or a value of the wrong type.
    """
    options = read_document(RunOptions, path, "suite file")
    return replace(
        options,
        models=tuple(_beside(text, path.parent) for text in options.models),
        datasets=tuple(_beside(text, path.parent) for text in options.datasets),
        metrics=tuple(_beside(text, path.parent) for text in options.metrics),
        out=None if options.out is None else str(path.parent / options.out),
    )


def _beside(text: str, folder: Path) -> str:
    """Resolve the relative paths of a specification against `folder`."""
    spec = parse_spec(text)
    name = str(folder / spec.name) if is_user_file(spec.name) or is_model_file(spec.name) else spec.name
    path = "" if spec.path is None else f"={folder / spec.path}"
    if spec.name in SUITES:  # the options of these are paths
        spec = replace(
            spec, options={part: str(folder / Path(root).expanduser()) for part, root in spec.options.items()}
        )
    return f"{replace(spec, name=name)}{path}"
