"""ONNX graphs, run by ONNX Runtime on the device that torch would use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from ...contracts import ModelCard
from ...errors import CheckpointError, MissingDependencyError, RestorationError, UsageError
from .sizes import FixedSize, fitted

__all__ = ["OnnxNetwork", "open_onnx"]

FLOATS = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}
"""Types of an input that an image in [0, 1] can be given as."""


class OnnxNetwork(nn.Module):
    """An ONNX graph as a module; a session of ONNX Runtime for each device that it is run on.

    Args:
        path: the file.
        size: what the graph was fixed to.
    """

    def __init__(self, path: Path, size: FixedSize | None) -> None:
        super().__init__()
        self.path = path
        self.size = size
        self._sessions: dict[str, Any] = {}

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Restore (N, 3, H, W) in [0, 1]; a graph with several outputs returns all of them.

        Raises:
            RestorationError: the graph was exported for another size, or fails.
        """
        if torch.is_autocast_enabled(images.device.type):
            raise RestorationError(
                "An ONNX graph computes in the arithmetic it was exported with: leave out --precision."
            )
        if self.size is not None:
            self.size.check(images.shape)
        session = self._session(images.device)
        asked = session.get_inputs()[0]
        pixels = images.detach().cpu().numpy().astype(FLOATS[asked.type])
        try:
            outputs = cast("Sequence[Any]", session.run(None, {asked.name: pixels}))
        except Exception as error:  # its exceptions have no common class
            reason = (str(error).strip().splitlines() or [""])[-1][:240]
            raise RestorationError(
                f"ONNX Runtime failed on {images.shape[-1]}x{images.shape[-2]}: {reason}."
            ) from error
        tensors = tuple(torch.as_tensor(output, device=images.device) for output in outputs)
        plain = tuple(tensor.float() if tensor.is_floating_point() else tensor for tensor in tensors)
        return plain[0] if len(plain) == 1 else plain

    def __deepcopy__(self, memo: dict[int, Any]) -> OnnxNetwork:
        """Sessions cannot be copied; a copy makes its own."""
        return OnnxNetwork(self.path, self.size)

    def _session(self, device: torch.device) -> Any:
        kind = str(device)
        if kind not in self._sessions:
            self._sessions[kind] = open_session(self.path, device)
        return self._sessions[kind]


def open_onnx(path: Path, card: ModelCard) -> tuple[ModelCard, nn.Module]:
    """Card and network of a graph.

    Raises:
        MissingDependencyError: ONNX Runtime is not installed.
        CheckpointError: the graph cannot be loaded, or is no network from one image to one image.
    """
    session = open_session(path, torch.device("cpu"))
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(each.name for each in inputs)
        raise CheckpointError(
            f"{path} takes {len(inputs)} inputs ({names}): export a network of one image (N, 3, H, W)."
        )
    if inputs[0].type not in FLOATS:
        raise CheckpointError(
            f"{path} takes {inputs[0].type}, not floating-point images in [0, 1]: export it for those."
        )
    shape = [side if isinstance(side, int) and side > 0 else None for side in inputs[0].shape]
    card, size = fitted(card, path, shape)
    notes = card.notes
    if inputs[0].type != "tensor(float)":
        notes = (f"The graph computes in {np.dtype(FLOATS[inputs[0].type]).name}.", *notes)
    settings = {**card.settings, "runtime": f"ONNX Runtime {_runtime().__version__}", "providers": _by_device()}
    network = OnnxNetwork(path, size)
    return replace(card, notes=notes, settings=settings), network


def open_session(path: Path, device: torch.device) -> Any:
    """A session for a device, with as many threads as torch has.

    Raises:
        MissingDependencyError: ONNX Runtime is not installed.
        UsageError: this build of it cannot use the device.
        CheckpointError: the graph cannot be loaded.
    """
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    try:
        session = runtime.InferenceSession(str(path), options, providers=_providers(device))
    except Exception as error:  # its exceptions have no common class
        reason = (str(error).strip().splitlines() or [""])[0][:240]
        raise CheckpointError(f"{path} cannot be loaded by ONNX Runtime {runtime.__version__}: {reason}.") from error
    if device.type == "cuda" and "CUDAExecutionProvider" not in session.get_providers():
        raise UsageError(
            "ONNX Runtime could not start on the GPU: install onnxruntime-gpu for this CUDA, or use --device cpu."
        )
    return session


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingDependencyError("A model in an ONNX file", "onnxruntime", "onnx") from error
    return cast("Any", onnxruntime)


def _providers(device: torch.device) -> list[Any]:
    if device.type != "cuda":
        return ["CPUExecutionProvider"]
    if "CUDAExecutionProvider" not in _runtime().get_available_providers():
        raise UsageError("This ONNX Runtime cannot use a GPU: install onnxruntime-gpu, or use --device cpu.")
    return [("CUDAExecutionProvider", {"device_id": device.index or 0, "use_tf32": 0}), "CPUExecutionProvider"]


def _by_device() -> dict[str, Any]:
    """Providers that run a graph, by kind of device, as records have them."""
    usable = "CUDAExecutionProvider" in _runtime().get_available_providers()
    gpu: dict[str, Any] = {"cuda": ["CUDAExecutionProvider", "CPUExecutionProvider"]} if usable else {}
    return {"cpu": ["CPUExecutionProvider"], **gpu}
