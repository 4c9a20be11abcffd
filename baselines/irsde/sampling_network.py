"""The part that restoration networks of IR-SDE share: a noise predictor, the seed of a sampler, and its states."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping

import torch
from torch import Tensor, nn

__all__ = ["SamplingNetwork"]

_PREFIX = "network."


class SamplingNetwork(nn.Module):
    """A network that samples.

    The state dict is that of the noise predictor, so official checkpoints load unchanged. Noise is drawn on the CPU
    from the seed alone, the same for every image of a batch, so results depend neither on the device, nor on the
    batch, nor on earlier calls.

    Args:
        network: the noise predictor.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.seed = 0
        self.on_state: Callable[[int, int, Tensor], None] | None = None
        """Called with the steps that are left, their number in all, and the state (N, 3, H, W)."""

        self.register_state_dict_post_hook(_drop_prefix)  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
        self.register_load_state_dict_pre_hook(_add_prefix)  # pyright: ignore[reportUnknownMemberType] -- as above

    def manual_seed(self, seed: int) -> None:
        """Set the seed of the noise in subsequent calls."""
        self.seed = seed

    def noise_source(self, like: Tensor) -> Callable[[int], Tensor]:
        """Make a function that draws standard normal noise (1, 3, H, W) for images like (N, 3, H, W)."""
        generator = torch.Generator("cpu").manual_seed(self.seed)

        def draw(_: int) -> Tensor:
            return torch.randn((1, *like.shape[1:]), generator=generator, device="cpu").to(like)

        return draw

    def show(self, left: int, steps: int, state: Tensor) -> None:
        """Report a state."""
        if self.on_state is not None:
            self.on_state(left, steps, state)


def _drop_prefix(_: nn.Module, state: MutableMapping[str, Tensor], prefix: str, __: Mapping[str, object]) -> None:
    """Rename `network.KEY` to `KEY`, in place and in the same order."""
    for key in [key for key in state if key.startswith(prefix)]:
        state[prefix + key.removeprefix(prefix + _PREFIX)] = state.pop(key)


def _add_prefix(_: nn.Module, state: MutableMapping[str, Tensor], prefix: str, *__: object) -> None:
    """Inverse of `_drop_prefix`."""
    for key in [key for key in state if key.startswith(prefix)]:
        state[prefix + _PREFIX + key.removeprefix(prefix)] = state.pop(key)
