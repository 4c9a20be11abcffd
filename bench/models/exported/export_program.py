"""Programs that torch.export saved (`.pt2`): graphs of torch's operators, loaded without unpickling objects."""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from ...contracts import ModelCard
from ...errors import CheckpointError, RestorationError
from .sizes import FixedSize, fitted

__all__ = ["ProgramNetwork", "open_program"]

WEIGHTS_ONLY = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
"""Makes `torch.load` refuse whatever is not a tensor; torch.export falls back to full pickles without it."""


class ProgramNetwork(nn.Module):
    """An exported program as a module; it was exported for inference and has no other mode."""

    def __init__(self, program: Any, size: FixedSize | None) -> None:
        super().__init__()
        self._program = program
        self.size = size
        self.graph: nn.Module = program.module()

    def forward(self, images: Tensor) -> Tensor:
        """Restore (N, 3, H, W).

        Raises:
            RestorationError: the program was exported for another size.
        """
        if self.size is not None:
            self.size.check(images.shape)
        try:
            return self.graph(images)
        except (AssertionError, RuntimeError) as error:
            if "Guard failed" in str(error) or "to be equal to" in str(error):
                raise RestorationError(
                    f"The program was exported for other sizes than {images.shape[-1]}x{images.shape[-2]} ("
                    f"{str(error).strip().splitlines()[0][:160]}): export it with dynamic_shapes, or give multiple_of."
                ) from error
            raise

    def train(self, mode: bool = True) -> Self:  # noqa: FBT001, FBT002 -- nn.Module's signature
        """Keep the mode of the export, which the graph refuses to change."""
        del mode
        self.training = False
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Move the program; its constants are bound to the device as well."""
        asked = kwargs.get("device", args[0] if args else None)
        device = torch.device(asked) if isinstance(asked, str | torch.device) else None
        if device is not None and device.type not in ("cpu", "meta"):
            from torch.export.passes import move_to_device_pass

            self._program = move_to_device_pass(self._program, str(device))
            self.graph = self._program.module()
        return super().to(*args, **kwargs)


def open_program(path: Path, card: ModelCard) -> tuple[ModelCard, nn.Module]:
    """Load an exported program.

    Raises:
        CheckpointError: it cannot be loaded, takes something else than one image, or holds pickled objects.
    """
    _refuse_objects(path)
    try:
        with _weights_only():
            program: Any = torch.export.load(path)
    except pickle.UnpicklingError as error:  # its message advises to read them all the same
        raise _holds_objects(path) from error
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError, AssertionError, OSError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise CheckpointError(
            f"{path} cannot be loaded by torch.export of torch {torch.__version__}: {reason}."
        ) from error
    shapes = _inputs(program)
    if len(shapes) != 1:
        raise CheckpointError(f"{path} takes {len(shapes)} inputs: export a network of one image (N, 3, H, W).")
    card, size = fitted(card, path, shapes[0])
    return replace(card, settings={**card.settings, "runtime": "torch.export"}), ProgramNetwork(program, size)


def _inputs(program: Any) -> list[list[int | None]]:
    """Shapes of the inputs; `None` for a dimension that may vary."""
    names = {spec.arg.name for spec in program.graph_signature.input_specs if spec.kind.name == "USER_INPUT"}
    values = [node.meta["val"] for node in program.graph.nodes if node.op == "placeholder" and node.name in names]
    tensors = [value for value in values if isinstance(value, Tensor)]
    return [[side if isinstance(side, int) else None for side in tensor.shape] for tensor in tensors]  # pyright: ignore[reportUnnecessaryIsInstance] -- a dynamic side is a SymInt


def _refuse_objects(path: Path) -> None:
    """Refuse what torch.export would unpickle: objects can run a program when they are made."""
    with zipfile.ZipFile(path) as archive:
        configs = [
            name for name in archive.namelist() if name.endswith(("weights_config.json", "constants_config.json"))
        ]
        for name in configs:
            try:
                entries = json.loads(archive.read(name)).get("config", {})
            except (ValueError, zipfile.BadZipFile) as error:
                raise CheckpointError(f"{path} is damaged ({error}): export it again.") from error
            pickled = [key for key, entry in entries.items() if entry.get("use_pickle") or "tensor_meta" not in entry]
            pickled += [
                key for key, entry in entries.items() if key not in pickled and entry.get("tensor_meta") is None
            ]
            if pickled:
                raise _holds_objects(path, f" ({', '.join(pickled[:3])})")


def _holds_objects(path: Path, which: str = "") -> CheckpointError:
    return CheckpointError(
        f"{path} holds pickled objects{which}, and reading those could run a program hidden in them: export a network "
        "whose weights and constants are plain tensors."
    )


@contextmanager
def _weights_only() -> Generator[None]:
    before = os.environ.get(WEIGHTS_ONLY)
    os.environ[WEIGHTS_ONLY] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[WEIGHTS_ONLY]
        else:
            os.environ[WEIGHTS_ONLY] = before
