"""How fast the networks are beside their plainest correct form, and how much memory they take.

The plain form has the same weights, but each of its modules named in `PLAIN` runs the formula of the paper
word by word. Prints the ratio of the times (the aim is at most 1.1), the largest difference of the outputs
and, with --memory, the peak memory of one forward pass of each form in a process of its own.

    python tests/performance/models.py [MODEL ...] [--size 256x256] [--device cpu] [--memory 720x1280]
"""

from __future__ import annotations

import argparse
import copy
import functools
import multiprocessing
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from restorebench.baselines.blocks import GainLayerNorm2d, LayerNorm2d
from restorebench.baselines.dmphn import DMPHN
from restorebench.baselines.fftformer import SpectralAttention, SpectralFeedForward
from restorebench.baselines.nafnet import ChannelAttention, NAFBlock
from restorebench.baselines.opir import InverseOperator
from restorebench.baselines.prenet import PReNet
from restorebench.baselines.strip_attention import InterStripBlock, IntraStripBlock, StripBlock
from restorebench.bench.models.entries import MODELS
from restorebench.bench.registry.specs import bind_options, parse_spec
from restorebench.bench.terminal.display import new_table, print_table
from torch import Tensor, nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parents[1]))

from performance.rivals.turns import take_turns

DEFAULT = ["nafnet-nano", "nafnet-width32", "prenet", "prn", "dmphn"]
DEFAULT += ["restormer", "fftformer", "stripformer", "irsde-derain[steps=1]", "opir"]


def plain_layer_norm(self: LayerNorm2d, x: Tensor) -> Tensor:
    """As its formula; the variance by its definition."""
    mean = x.mean(1, keepdim=True)
    variance = (x - mean).pow(2).mean(1, keepdim=True)
    normal = (x - mean) / (variance + self.eps).sqrt()
    return self.weight.view(1, -1, 1, 1) * normal + self.bias.view(1, -1, 1, 1)


def plain_gain_norm(self: GainLayerNorm2d, x: Tensor) -> Tensor:
    """As its formula."""
    variance, mean = torch.var(x, 1, unbiased=False, keepdim=True), torch.mean(x, 1, keepdim=True)
    return (x - mean) * (variance + 1e-5).rsqrt() * self.g


def plain_attention(self: ChannelAttention, x: Tensor) -> Tensor:
    """Means extended to the size of the image, then the convolution."""
    height, width = x.shape[2:]
    if self.window is None or (self.window[0] >= height and self.window[1] >= width):
        return x * self["1"](functional.adaptive_avg_pool2d(x, 1))
    rows, columns = min(self.window[0], height), min(self.window[1], width)
    integral = functional.pad(x.cumsum(-1).cumsum(-2), (1, 0, 1, 0))
    below, above = integral[:, :, rows:], integral[:, :, :-rows]
    sums = below[..., columns:] + above[..., :-columns] - below[..., :-columns] - above[..., columns:]
    means = sums / (rows * columns)
    extra = (width - means.shape[3], height - means.shape[2])
    border = (extra[0] // 2, (extra[0] + 1) // 2, extra[1] // 2, (extra[1] + 1) // 2)
    return x * self["1"](functional.pad(means, border, mode="replicate"))


def plain_naf_block(self: NAFBlock, x: Tensor) -> Tensor:
    """Both residual branches as the paper draws them."""
    y = self.conv2(self.conv1(self.norm1(x)))
    first, second = y.chunk(2, 1)
    x = x + self.conv3(self.sca(first * second)) * self.beta
    first, second = self.conv4(self.norm2(x)).chunk(2, 1)
    return x + self.conv5(first * second) * self.gamma


def plain_prenet(self: PReNet, image: Tensor) -> Tensor:
    """PReNet with one convolution for each gate."""
    estimate = image
    hidden = cell = torch.zeros_like(image[:, :1]).expand(-1, self.width, -1, -1)
    for _ in range(self.recurrent_iter):
        x = self.conv0(torch.cat((image, estimate), 1))
        if self.recurrence == "lstm":
            seen = torch.cat((x, hidden), 1)
            enter, forget, new, leave = (self.get_submodule(f"conv_{gate}")(seen) for gate in "ifgo")
            cell = torch.sigmoid(forget) * cell + torch.sigmoid(enter) * torch.tanh(new)
            x = hidden = torch.sigmoid(leave) * torch.tanh(cell)
        for index in range(1, 6):
            block = self.get_submodule("res_conv1" if self.shared_block else f"res_conv{index}")
            x = torch.relu(block(x) + x)
        estimate = self.conv(x) + image
    return estimate


def plain_dmphn(self: DMPHN, image: Tensor) -> Tensor:
    """DMPHN patch by patch."""
    image = image - 0.5
    height, width = image.shape[2] // 2, image.shape[3] // 2
    halves = [image[:, :, :height], image[:, :, height:]]
    rows = [torch.cat([self.encoder_lv3(half[..., :width]), self.encoder_lv3(half[..., width:])], 3) for half in halves]
    level2 = [self.encoder_lv2(half + self.decoder_lv3(row)) for half, row in zip(halves, rows, strict=True)]
    features = torch.cat(rows, 2) + torch.cat(level2, 2)
    return self.decoder_lv1(features + self.encoder_lv1(image + self.decoder_lv2(features))) + 0.5


def patch_spectra(x: Tensor) -> Tensor:
    """Half spectra of 8x8 patches, copied into patch order first: (N, C, H/8, W/8, 8, 5)."""
    return torch.fft.rfft2(x.unflatten(3, (-1, 8)).unflatten(2, (-1, 8)).transpose(3, 4).contiguous())


def from_spectra(spectra: Tensor) -> Tensor:
    """The inverse of `patch_spectra`."""
    return torch.fft.irfft2(spectra, s=(8, 8)).transpose(3, 4).flatten(4, 5).flatten(2, 3)


def plain_spectral_attention(self: SpectralAttention, x: Tensor) -> Tensor:
    """FFTformer's attention, patch by patch."""
    query, key, value = self.to_hidden_dw(self.to_hidden(x)).chunk(3, 1)
    return self.project_out(value * self.norm(from_spectra(patch_spectra(query) * patch_spectra(key))))


def plain_spectral_network(self: SpectralFeedForward, x: Tensor) -> Tensor:
    """FFTformer's feed-forward network, patch by patch."""
    gate, value = self.dwconv(from_spectra(patch_spectra(self.project_in(x)) * self.fft)).chunk(2, 1)
    return self.project_out(functional.gelu(gate) * value)


def attend(query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
    """Softmax attention between tokens (N, tokens, length), with its matrix in memory."""
    query, key, value = (x.unflatten(2, (heads, -1)).transpose(1, 2) for x in (query, key, value))
    scores = query @ key.transpose(2, 3) / query.shape[3] ** 0.5
    return (scores.softmax(3) @ value).transpose(1, 2).flatten(2)


def strip_block(self: StripBlock, x: Tensor, attention: Callable[[Tensor, str], Tensor]) -> Tensor:
    """Stripformer's block with one attention for rows and the same, transposed, for columns."""
    height, width = x.shape[2:]

    def over_pixels(layer: nn.Module, x: Tensor) -> Tensor:
        return layer(x.flatten(2).transpose(1, 2)).transpose(1, 2).unflatten(2, (height, width)).contiguous()

    rows, columns = self.conv_input(over_pixels(self.attention_norm, x)).chunk(2, 1)
    x = x + self.fuse_out(torch.cat((attention(rows, "h"), attention(columns.mT, "v").mT), 1))
    x = x + over_pixels(nn.Sequential(self.ffn_norm, self.ffn), x)
    return x + self.PEG(x)


def plain_intra_strip(self: IntraStripBlock, x: Tensor) -> Tensor:
    """Each row is a sequence of pixels."""

    def attention(x: Tensor, axis: str) -> Tensor:
        tokens = self.get_submodule(f"qkv_local_{axis}")(x.permute(0, 2, 3, 1).flatten(0, 1))
        query, key, value = tokens.chunk(3, 2)
        attended = attend(query, key, value, self.heads)
        return attended.unflatten(0, (len(x), -1)).permute(0, 3, 1, 2).contiguous()

    return strip_block(self, x, attention)


def plain_inter_strip(self: InterStripBlock, x: Tensor) -> Tensor:
    """Each row is a token, channel by channel."""

    def attention(x: Tensor, axis: str) -> Tensor:
        parts = self.get_submodule(f"conv_{axis}")(x.contiguous()).chunk(3, 1)
        query, key, value = (part.transpose(1, 2).flatten(2) for part in parts)
        attended = attend(query, key, value, self.heads)
        return attended.unflatten(2, x.shape[1::2]).transpose(1, 2).contiguous()

    return strip_block(self, x, attention)


def plain_operator(self: InverseOperator, image: Tensor, mixing: Tensor) -> Tensor:
    """OPIR's kernel of each pixel, written out and applied."""
    kernels = self.kernels(mixing)
    side = kernels.shape[1]
    patches = functional.unfold(functional.pad(image, (side // 2,) * 4, mode="replicate"), side)
    patches = patches.view(len(image), 3, side, side, *image.shape[2:])
    return (patches * kernels.unsqueeze(1)).sum((2, 3))


PLAIN: dict[type[nn.Module], Callable[..., Tensor]] = {
    LayerNorm2d: plain_layer_norm,
    GainLayerNorm2d: plain_gain_norm,
    ChannelAttention: plain_attention,
    NAFBlock: plain_naf_block,
    PReNet: plain_prenet,
    DMPHN: plain_dmphn,
    SpectralAttention: plain_spectral_attention,
    SpectralFeedForward: plain_spectral_network,
    IntraStripBlock: plain_intra_strip,
    InterStripBlock: plain_inter_strip,
    InverseOperator: plain_operator,
}
"""The plain forward pass of a class; a line here is all that another architecture needs."""


def plainly(network: nn.Module) -> nn.Module:
    """A copy of a network whose modules run as `PLAIN` has them."""
    network = copy.deepcopy(network)
    for module in network.modules():
        if type(module) in PLAIN:
            module.forward = functools.partial(PLAIN[type(module)], module)
    return network


def build(name: str, *, plain: bool, device: str) -> nn.Module:
    """The network with weights that leave no branch out, on a device."""
    torch.manual_seed(0)
    spec = parse_spec(name)
    make = MODELS.get(spec.name).build
    network = make(**bind_options(make, spec.options, name)).eval()
    for parameter in network.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.1)
    return (plainly(network) if plain else network).to(device)


def restored(network: nn.Module, image: Tensor) -> Tensor:
    """One forward pass, to its end."""
    output = network(image)
    if image.is_cuda:
        torch.cuda.synchronize(image.device)
    return output


def compare(name: str, size: tuple[int, int], device: str, repeats: int) -> tuple[str, ...]:
    """A row of the table; the two forms take turns, so that a busy machine hurts both."""
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(1)).to(device)
    forms = {form: build(name, plain=form == "plain", device=device) for form in ("ours", "plain")}
    with torch.inference_mode():
        ours, plain = (restored(network, image) for network in forms.values())
        difference = (ours - plain).abs().max().item()
        works = {form: functools.partial(restored, network, image) for form, network in forms.items()}
        turns = take_turns(works, fewest=repeats, warm_up=False)
    times = (f"{turns.seconds(form, 'wall') * 1e3:.0f} ms" for form in forms)
    return (name, *times, f"{turns.ratio('ours', 'plain', 'wall').median:.2f}", f"{difference:.1e}")


def peak(name: str, size: tuple[int, int], device: str, *, plain: bool) -> float:
    """MiB that one forward pass takes above network and image; run in a fresh process."""
    network, image = build(name, plain=plain, device=device), torch.rand(1, 3, *size, device=device)
    with torch.inference_mode():
        if device == "cpu":
            network(image[..., :32, :32])
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            network(image)
            return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        network(image)
        return (torch.cuda.max_memory_allocated() - before) / 2**20


def peaks(name: str, size: tuple[int, int], device: str) -> tuple[str, ...]:
    """A row of the memory table."""
    found: list[float] = []
    for plain in (False, True):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found.append(pool.apply(peak, (name, size, device), {"plain": plain}))
    return (name, f"{found[0]:.0f} MiB", f"{found[1]:.0f} MiB", f"{found[0] / found[1]:.2f}")


def parse_size(text: str) -> tuple[int, int]:
    """`720x1280` to (720, 1280)."""
    height, _, width = text.partition("x")
    return int(height), int(width)


def show(title: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Print a table."""
    table = new_table(*columns, title=title, right=columns[1:])
    for row in rows:
        table.add_row(*row)
    print_table(table)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=DEFAULT)
    parser.add_argument("--size", type=parse_size, default=(256, 256))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--memory", type=parse_size, help="also the peak memory at this size, as in 720x1280")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rows = [compare(name, options.size, options.device, options.repeats) for name in options.models]
    size = "x".join(map(str, options.size))
    show(
        f"One image of {size}, {options.threads} threads, {options.device}",
        ("Model", "Time", "Plain", "Ratio", "Difference"),
        rows,
    )
    if options.memory:
        memory = [peaks(name, options.memory, options.device) for name in options.models]
        show(f"Peak memory at {'x'.join(map(str, options.memory))}", ("Model", "Peak", "Plain", "Ratio"), memory)


if __name__ == "__main__":
    main()
