"""The restoration of images by one network: device, arithmetic, padding, tiles, seeds."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Generator
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import torch
from torch import Tensor

from ..contracts import UNIT_RANGE, InferenceSettings, ModelCard, UInt8Image, ValueRange
from ..errors import OutOfMemoryError
from ..terminal.panels import Panel, Shown, count
from .arithmetic import arithmetic, memory_advice
from .devices import best_device, pick_device
from .host_memory import copy_of, is_finite, planes_of
from .isolation import Changes, isolated, seeded
from .outputs import check_finite, output_image
from .padding import pad_to_requirements
from .preparation import network_dtype, prepare_network
from .restored import OnDevice, Restored
from .schemes import pass_sizes, restore_by_grid, restore_ensemble
from .tiles import restore_tiled, tile_spans

if TYPE_CHECKING:
    import pandas as pd
    from torch import nn

__all__ = [
    "OnDevice",
    "Restored",
    "Restorer",
    "Seeded",
    "best_device",
    "image_seed",
    "pad_to_requirements",
    "pick_device",
    "tile_spans",
]

SMALLEST_TILE = 64
"""Side below which no tile is tried when memory runs out."""


@runtime_checkable
class Seeded(Protocol):
    """A network with randomness of its own."""

    def manual_seed(self, seed: int) -> None:
        """Make the next forward pass reproducible."""
        ...


class Restorer(Shown):
    """A network made ready to restore images: padded, run, cropped.

    Call it with (N, 3, H, W) RGB in [0, 1]; it returns float32 of the same shape, raw and not clamped. The network
    gets a copy of its own each time and may write to it; what is returned is not shared with the network either.

    Args:
        network: maps images to images for the sizes that `card.size` allows.
        card: what the network requires of its input, and how it returns images.
        settings: device, precision, tiles, seed.

    Raises:
        UsageError: the device is not here, or the network has no channels_last form.
        RestorationError: a lazy network fails on its first image.
    """

    def __init__(self, network: nn.Module, card: ModelCard, settings: InferenceSettings | None = None) -> None:
        self.card = card
        self.settings = settings or InferenceSettings()
        self.device = pick_device(self.settings.device)
        self.network = prepare_network(network, card, self.device, channels_last=self.settings.channels_last)
        self.dtype = network_dtype(self.network)
        """Of the network's parameters, which its input is converted to: not float32 after `half()` or `double()`."""

        self._layout = torch.channels_last if self.settings.channels_last else torch.contiguous_format
        self._random = isinstance(self.network, Seeded) or card.stochastic
        self._unasked: list[Tensor] | None = None
        """Checks whose answers nobody waits for yet; `None` to wait for each."""

        # Dividing by a tensor is exact on every device; CUDA multiplies by the reciprocal of a Python number.
        self._peak = torch.full((), 255.0, device=self.device)

    def __call__(self, images: Tensor) -> Tensor:
        """Restore a batch.

        Raises:
            RestorationError: the output has another shape or type, or is not finite.
            OutOfMemoryError: the batch does not fit into the device's memory.
        """
        tile = self.tile_for(*images.shape[-2:])
        with self._pass(images, tile):
            return self._by_scheme(images.to(self.device, torch.float32), tile)

    def differentiable(self, images: Tensor) -> Tensor:
        """Restore a batch without tiles, in float32 arithmetic as a call does, so that gradients reach `images`.

        Args:
            images: (N, 3, H, W) RGB in [0, 1], on the device.

        Raises:
            RestorationError: the output has another shape or type, or is not finite.
            OutOfMemoryError: the batch does not fit into the device's memory.
        """
        with arithmetic(self.device, self.settings.precision), memory_advice(images, None):
            return self._by_scheme(images, None)

    def to_dataframe(self) -> pd.DataFrame:
        """One row: name, title, task, variant, parameters, device, precision, tile."""
        import pandas as pd

        return pd.DataFrame([self._facts()])

    def _facts(self) -> dict[str, object]:
        card, settings = self.card, self.settings
        return {
            "name": card.name,
            "title": card.title,
            "task": card.task,
            "variant": card.variant,
            "parameters": sum(parameter.numel() for parameter in self.network.parameters()),
            "device": str(self.device),
            "precision": settings.precision,
            "tile": settings.tile,
        }

    def _panel(self) -> Panel:
        facts = self._facts()
        rows = [
            (name, f"{value:,}" if isinstance(value, int) else str(value)) for name, value in facts.items() if value
        ]
        line = f"Restorer: {self.card.name}, {count(sum(p.numel() for p in self.network.parameters()), 'parameter')}"
        return Panel(f"{line}, {self.settings.precision} on {self.device}", ("", ""), rows, self.card.notes)

    def tile_for(self, height: int, width: int) -> int | None:
        """Side of the tiles that an image of this size is restored in; `None` if it is restored whole."""
        tile = self.settings.tile
        return tile if tile is not None and max(height, width) > tile else None

    def restores_at_once(self, height: int, width: int) -> bool:
        """Whether an image of this size takes one forward pass: no tiles, no grid of several cells, no ensemble."""
        return len(pass_sizes((height, width), self.card.scheme, self.settings)) == 1

    @property
    def stochastic(self) -> bool:
        """Whether the output depends on the seed: by its card, by `manual_seed`, or because it drew random numbers."""
        return self._random

    @property
    def samples(self) -> int:
        """Restorations of each image: more than one only if the network is stochastic."""
        return self.settings.samples if self.stochastic else 1

    def restore(self, degraded: UInt8Image, key: str = "", *, sample: int = 0) -> Restored:
        """Restore one 8-bit image (H, W, 3).

        The global random generators, and those of a network with `manual_seed`, are seeded by the run's seed plus
        `sample`, and by `key`. Whatever the network changes in the process is put back.

        Raises:
            RestorationError: the network failed on it; the message says how.
            OutOfMemoryError: it does not fit into memory and tiles were not allowed.
        """
        with self._as_seeded(key, sample) as (drawn, changes):
            planes, tile = self._restore(torch.from_numpy(degraded), self.settings.tile_on_oom)  # pyright: ignore[reportUnknownMemberType] -- torch's stub names no dtype
            restored = planes.cpu().numpy()
        return Restored(restored, tile, tuple(drawn), changes.names)

    def restore_on_device(
        self, pixels: Tensor, key: str = "", *, sample: int = 0, tile_on_oom: bool | None = None
    ) -> OnDevice:
        """Restore one 8-bit image as `restore` does, and leave it where it is: a GPU is asked for nothing.

        Args:
            pixels: (H, W, 3) uint8.
            key: of the image.
            sample: which one of a stochastic network.
            tile_on_oom: replaces that of the settings.

        Raises:
            RestorationError: the network failed on it; values that are not finite are only reported.
            OutOfMemoryError: it does not fit into memory and tiles were not allowed.
        """
        tiles = self.settings.tile_on_oom if tile_on_oom is None else tile_on_oom
        checks: list[Tensor] = []
        self._unasked = checks
        try:
            with self._as_seeded(key, sample) as (drawn, _):
                planes, tile = self._restore(pixels, tiles)
        finally:
            self._unasked = None
        finite = torch.stack([check.to(self.device) for check in checks]).all()
        return OnDevice(planes.to(self.device), finite, tile, tuple(drawn))

    @contextlib.contextmanager
    def _as_seeded(self, key: str, sample: int) -> Generator[tuple[list[str], Changes]]:
        """What a network draws inside follows from the run's seed, the sample and the image; see `restore`."""
        seed = image_seed(self.settings.seed + sample, key)
        with isolated(generators=False) as changes, seeded(seed) as drawn:
            if isinstance(self.network, Seeded):
                self.network.manual_seed(seed)
            yield drawn, changes
        self._random = self._random or bool(drawn)

    def _restore(self, pixels: Tensor, tile_on_oom: bool) -> tuple[Tensor, int | None]:  # noqa: FBT001 -- private
        batch = self._batch(pixels)
        tile = self.tile_for(*pixels.shape[:2])
        try:
            return self(batch)[0], tile
        except OutOfMemoryError:
            if not tile_on_oom:
                raise
        # Not in the handler: its exception holds the frames of the network, and with them all that filled the memory.
        output, tile = self._retry_by_tiles(batch)
        return output[0], tile

    def _batch(self, pixels: Tensor) -> Tensor:
        """Planes (1, 3, H, W) in [0, 1] of an image, on the device.

        Planes, as the official scripts have them: a permuted view would run the network in channels_last unasked.
        """
        if self.device.type != "cpu":
            return pixels.to(self.device).permute(2, 0, 1).contiguous().unsqueeze(0) / self._peak
        return planes_of(pixels.numpy())

    @contextlib.contextmanager
    def _pass(self, images: Tensor, tile: int | None) -> Generator[None]:
        """One forward pass: without gradients, in the asked arithmetic, with a helpful out-of-memory error.

        Not in inference mode, of whose tensors no network can take gradients inside its forward pass. It would save a
        few microseconds for each operator, which vanish from images of 192x192 on.
        """
        with (
            torch.inference_mode(mode=False),
            torch.no_grad(),
            arithmetic(self.device, self.settings.precision),
            memory_advice(images, tile),
        ):
            yield

    def _retry_by_tiles(self, batch: Tensor) -> tuple[Tensor, int]:
        """Halve the tile until one fits."""
        side = max(batch.shape[-2:])
        while (side := side // 2) >= max(SMALLEST_TILE, self.card.size.minimum):
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            with contextlib.suppress(OutOfMemoryError), self._pass(batch, side):
                return self._by_scheme(batch, side), side
        raise OutOfMemoryError("Even tiles of 64 pixels do not fit into memory: use a smaller model or another device.")

    def _by_scheme(self, images: Tensor, tile: int | None) -> Tensor:
        """Restore images by the card's scheme: every turn of an ensemble in tiles, every tile by its grid."""
        scheme = self.card.scheme

        def part(images: Tensor) -> Tensor:
            return restore_by_grid(images, scheme.grid, self._whole) if scheme.grid else self._whole(images)

        def image(images: Tensor) -> Tensor:
            return part(images) if tile is None else restore_tiled(images, tile, self.settings.tile_overlap, part)

        return image(images) if scheme.ensemble == "none" else restore_ensemble(images, image)

    def _whole(self, images: Tensor) -> Tensor:
        """Restore images that the network must not write to."""
        height, width = images.shape[-2:]
        form = self.card.images
        padded = pad_to_requirements(images, self.card)
        given = copy_of(_to_range(padded, form.input_range), self.dtype, self._layout)
        output = output_image(self.network(given), padded, form)
        self._check(output)
        cropped = copy_of(output[..., :height, :width], torch.float32)
        return _from_range(cropped, form.output_range)

    def _check(self, output: Tensor) -> None:
        if self._unasked is None:
            check_finite(output)
        else:
            self._unasked.append(is_finite(output))


def image_seed(seed: int, key: str) -> int:
    """A 63-bit seed that depends on the run's seed and the image only, not on order or sharding."""
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def _to_range(images: Tensor, values: ValueRange) -> Tensor:
    low, high = values
    return images if values == UNIT_RANGE else images * (high - low) + low


def _from_range(images: Tensor, values: ValueRange) -> Tensor:
    low, high = values
    # A tensor, for the reason given at `_peak`.
    return images if values == UNIT_RANGE else (images - low) / images.new_full((), high - low)
