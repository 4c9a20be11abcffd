"""Inference: device, precision, padding, tiles and seeds of one image through one network, all in this module."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn import functional

from ..contracts import InferenceSettings, ModelCard, PaddingMode, Precision, UInt8Image
from ..errors import OutOfMemoryError, RestorationError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

__all__ = ["AUTOCAST", "Restored", "Restorer", "Seeded", "best_device", "image_seed", "pick_device"]

AUTOCAST: dict[Precision, torch.dtype] = {"fp16": torch.float16, "bf16": torch.bfloat16}
"""Precisions that autocast computes in; weights stay in float32."""


@runtime_checkable
class Seeded(Protocol):
    """A network with randomness of its own."""

    def manual_seed(self, seed: int) -> None:
        """Make the next forward pass reproducible."""
        ...


@dataclass(frozen=True, slots=True)
class Restored:
    """The restoration of one image."""

    planes: NDArray[np.float32]
    """(3, H, W), RGB, raw: not clamped."""

    tile: int | None
    """Side of the tiles it was made of; `None` for the full image."""

    @property
    def image(self) -> NDArray[np.float32]:
        """(H, W, 3), RGB, raw; made when asked for, so that another thread than the model's does it."""
        import numpy as np

        return np.ascontiguousarray(self.planes.transpose(1, 2, 0))


class Restorer:
    """A network made ready to restore images: padded, run, cropped.

    Call it with (N, 3, H, W) float32 RGB in [0, 1]; it returns the same shape, raw and not clamped.

    Args:
        network: maps images to images for the sizes that `card.size` allows.
        card: what the network requires of its input.
        settings: device, precision, tiles, seed.
    """

    def __init__(self, network: nn.Module, card: ModelCard, settings: InferenceSettings | None = None) -> None:
        self.card = card
        self.settings = settings or InferenceSettings()
        self.device = pick_device(self.settings.device)
        network = network.to(self.device).eval().requires_grad_(requires_grad=False)
        self.network = _channels_last(network, card) if self.settings.channels_last else network
        # Dividing by a tensor is exact on every device; CUDA multiplies by the reciprocal of a Python number.
        self._peak = torch.full((), 255.0, device=self.device)

    def __call__(self, images: Tensor) -> Tensor:
        """Restore a batch.

        Raises:
            RestorationError: the output has another shape, or is not finite.
            OutOfMemoryError: the batch does not fit into the device's memory.
        """
        tile = self.tile_for(*images.shape[-2:])
        with self._pass(images, tile):
            images = images.to(self.device, torch.float32)
            return self._whole(images) if tile is None else self._tiled(images, tile)

    def tile_for(self, height: int, width: int) -> int | None:
        """Side of the tiles that an image of this size is restored in; `None` if it is restored whole."""
        tile = self.settings.tile
        return tile if tile is not None and max(height, width) > tile else None

    @property
    def samples(self) -> int:
        """Restorations of each image: more than one only if the network is stochastic."""
        return self.settings.samples if isinstance(self.network, Seeded) else 1

    def restore(self, degraded: UInt8Image, key: str = "", *, sample: int = 0) -> Restored:
        """Restore one 8-bit image (H, W, 3).

        Stochastic networks are seeded by the run's seed plus `sample`, and by `key`.

        Raises:
            RestorationError: the network failed on it; the message says how.
            OutOfMemoryError: it does not fit into memory and tiles were not allowed.
        """
        if isinstance(self.network, Seeded):
            self.network.manual_seed(image_seed(self.settings.seed + sample, key))
        pixels = torch.from_numpy(degraded)  # pyright: ignore[reportUnknownMemberType] -- torch's stub names no dtype
        # Planes, as the official scripts have them: a permuted view would run the network in channels_last unasked.
        batch = pixels.to(self.device).permute(2, 0, 1).contiguous().unsqueeze(0) / self._peak
        tile = self.tile_for(*degraded.shape[:2])
        try:
            output = self(batch)
        except OutOfMemoryError:
            if not self.settings.tile_on_oom:
                raise
            output, tile = self._retry_by_tiles(batch)
        return Restored(output[0].cpu().numpy(), tile)

    @contextlib.contextmanager
    def _pass(self, images: Tensor, tile: int | None) -> Generator[None]:
        """One forward pass: without gradients, in the asked arithmetic, with a helpful out-of-memory error."""
        with torch.inference_mode(), _arithmetic(self.device, self.settings.precision), _memory(images, tile):
            yield

    def _retry_by_tiles(self, batch: Tensor) -> tuple[Tensor, int]:
        """Halve the tile until one fits."""
        side = max(batch.shape[-2:])
        while (side := side // 2) >= max(64, self.card.size.minimum):
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            with contextlib.suppress(OutOfMemoryError), self._pass(batch, side):
                return self._tiled(batch, side), side
        raise OutOfMemoryError("Even tiles of 64 pixels do not fit into memory: use a smaller model or another device.")

    def _whole(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        padded = pad_to_requirements(images, self.card)
        if self.settings.channels_last:
            padded = padded.contiguous(memory_format=torch.channels_last)
        output = self._check(self.network(padded), padded)
        return output[..., :height, :width].float()

    def _check(self, output: object, padded: Tensor) -> Tensor:
        return check_finite(check_shape(output, padded))

    def _tiled(self, images: Tensor, tile: int) -> Tensor:
        overlap = min(self.settings.tile_overlap, tile // 2)
        height, width = images.shape[-2:]
        total, weight = torch.zeros_like(images), images.new_zeros((1, 1, height, width))
        for rows, columns in itertools.product(tile_spans(height, tile, overlap), tile_spans(width, tile, overlap)):
            part = (..., slice(*rows), slice(*columns))
            window = _ramp(rows, height, overlap, images)[:, None] * _ramp(columns, width, overlap, images)
            total[part] += self._whole(images[part]) * window
            weight[part] += window
        return total / weight


def _channels_last(network: nn.Module, card: ModelCard) -> nn.Module:
    try:
        return network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] -- not in torch's stub
    except RuntimeError as error:
        raise UsageError(f"{card.name} has no channels_last form ({error}): leave out --channels-last.") from error


def best_device() -> str:
    """`cuda` where torch finds a GPU, otherwise `cpu`."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def pick_device(name: str) -> torch.device:
    """The torch device of this name.

    Raises:
        UsageError: torch cannot use it here.
    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UsageError(f"There is no device {name!r}: write cpu, cuda or cuda:N.") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UsageError("The device cuda was asked for, but torch finds no GPU here: use --device cpu.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UsageError(f"There is no {name}: this machine has {torch.cuda.device_count()} GPU(s), numbered from 0.")
    return device


def image_seed(seed: int, key: str) -> int:
    """A 63-bit seed that depends on the run's seed and the image only, not on order or sharding."""
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def pad_to_requirements(images: Tensor, card: ModelCard) -> Tensor:
    """Extend (N, 3, H, W) on the right and bottom to what the card requires."""
    height, width = images.shape[-2:]
    size, multiple = card.size, card.size.multiple_of
    bottom = -max(height, size.minimum) % multiple + max(height, size.minimum) - height
    right = -max(width, size.minimum) % multiple + max(width, size.minimum) - width
    return images if bottom == right == 0 else _pad(images, bottom, right, size.padding)


def _pad(images: Tensor, bottom: int, right: int, mode: PaddingMode) -> Tensor:
    if mode == "zeros":
        return functional.pad(images, (0, right, 0, bottom))
    while bottom or right:
        # Reflection reaches at most one pixel less than the image; a tiny image takes several steps.
        height, width = images.shape[-2:]
        reach = (height - 1, width - 1) if mode == "reflect" else (bottom, right)
        if (bottom and not reach[0]) or (right and not reach[1]):
            mode, reach = "replicate", (bottom, right)
        now_bottom, now_right = min(bottom, reach[0]), min(right, reach[1])
        images = functional.pad(images, (0, now_right, 0, now_bottom), mode=mode)
        bottom, right = bottom - now_bottom, right - now_right
    return images


def tile_spans(length: int, tile: int, overlap: int) -> list[tuple[int, int]]:
    """Starts and ends of tiles that cover `length`; the last one is moved back to fit.

    >>> tile_spans(100, 40, 10)
    [(0, 40), (30, 70), (60, 100)]
    """
    if length <= tile:
        return [(0, length)]
    starts = [*range(0, length - tile, tile - overlap), length - tile]
    return [(start, start + tile) for start in starts]


def _ramp(span: tuple[int, int], length: int, overlap: int, like: Tensor) -> Tensor:
    """Weights that fall linearly over the overlap at inner edges, so that seams are blended."""
    start, end = span
    weights = torch.ones(end - start, dtype=like.dtype, device=like.device)
    edge = torch.arange(1, overlap + 1, dtype=like.dtype, device=like.device) / (overlap + 1)
    if start > 0:
        weights[:overlap] = edge
    if end < length:
        weights[-overlap:] = torch.minimum(weights[-overlap:], edge.flip(0)) if overlap else weights[-overlap:]
    return weights


def check_shape(output: object, padded: Tensor) -> Tensor:
    """The output of a network if it is an image of the size of its input.

    Raises:
        RestorationError: it is not; the message says what it is.
    """
    if not isinstance(output, Tensor):
        raise RestorationError(
            f"The network returned a {type(output).__name__}, not a tensor: return the restored (N, 3, H, W) alone."
        )
    if output.shape != padded.shape:
        raise RestorationError(f"The network returned the shape {tuple(output.shape)} for {tuple(padded.shape)}.")
    return output


def check_finite(output: Tensor) -> Tensor:
    """The output itself.

    Raises:
        RestorationError: it holds values that no image has.
    """
    lowest, highest = torch.aminmax(output)  # NaN propagates; a third of the cost of isfinite over every value
    if not bool(torch.isfinite(lowest) & torch.isfinite(highest)):
        raise RestorationError("The restored image holds NaN or infinite values.")
    return output


@contextlib.contextmanager
def _arithmetic(device: torch.device, precision: Precision) -> Generator[None]:
    """Set TF32 for exactly this forward pass, and autocast for half precision."""
    matmul, cudnn = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    try:
        if precision in AUTOCAST:
            with torch.autocast(device.type, dtype=AUTOCAST[precision]):
                yield
        else:
            yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = matmul, cudnn


@contextlib.contextmanager
def _memory(images: Tensor, tile: int | None) -> Generator[None]:
    """Turn every way of running out of memory into one error that says what to do."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _out_of_memory(images, tile) from error
    except RuntimeError as error:
        if "not enough memory" in str(error) or "can't allocate memory" in str(error):
            raise _out_of_memory(images, tile) from error
        raise


def _out_of_memory(images: Tensor, tile: int | None) -> OutOfMemoryError:
    height, width = images.shape[-2:]
    advice = (
        f"--tile {max(64, (tile or max(height, width)) // 2 // 64 * 64)} restores it in parts (marked in the results)"
    )
    return OutOfMemoryError(f"Out of memory at {width}x{height}: {advice}, or use another device.")
