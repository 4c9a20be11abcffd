"""PReNet and its variants: a small residual network applied repeatedly to its own output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

import torch
from torch import Tensor, nn

from ..bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult
from ..bench.errors import UsageError
from ..bench.models.entries import register_model

__all__ = ["PReNet", "prenet", "prenet_gru", "prenet_lstm", "prenet_r", "prenet_x", "prn", "prn_r"]

Recurrence = Literal["none", "lstm", "gru"]
COMMIT = "6d908d1e3c7ff5c26fee624112297ad1c8603ca7"
README = f"https://github.com/csdwren/PReNet/blob/{COMMIT[:10]}/README.md"
LICENCE = "none stated (all rights reserved)"
GATES: dict[Recurrence, tuple[str, ...]] = {"none": (), "lstm": ("i", "f", "g", "o"), "gru": ("z", "b", "g")}
"""Names of the gate convolutions, in the order of the official state dict."""

TRAINED_ON = {
    "Rain100H": "Rain100H without backgrounds of the test set (RainTrainH, 1254 pairs)",
    "Rain100L": "Rain100L",
    "Rain1400": "Rain1400",
}
ABLATIONS = {
    "PReNet6_LSTM": ("ablation", 6),
    "PReNet5_LSTM": ("ablation-5-stages", 5),
    "PReNet7_LSTM": ("ablation-7-stages", 7),
    "PReNet6_RecSSIM": ("ablation-recssim", 6),
    "PReNet6_GRU": ("ablation", 6),
    "PReNet6_x": ("ablation", 6),
}
"""Folder below `logs/Ablation` to the checkpoint's name and its stages, by the repository's `test_ablation.sh`."""


class PReNet(nn.Module):
    """Progressive recurrent network (Ren et al., CVPR 2019, arXiv 1901.09221, section 3).

    Each stage takes the rainy image and the previous stage's estimate, updates a recurrent state, applies
    five residual blocks and predicts the clean image.

    Args:
        recurrence: the recurrent layer after the first convolution; `none` for PRN.
        shared_block: use one residual block five times (`_r`) instead of five blocks.
        skip: add the rainy image to each stage's prediction; the ablation networks do not.
        sees_rain: input the rainy image with the previous estimate; `PReNet_x` uses the estimate alone.
        recurrent_iter: number of stages.
        width: channels of every hidden layer.

    Raises:
        UsageError: `recurrent_iter` is not positive.
    """

    def __init__(
        self,
        *,
        recurrence: Recurrence = "lstm",
        shared_block: bool = False,
        skip: bool = True,
        sees_rain: bool = True,
        recurrent_iter: int = 6,
        width: int = 32,
    ) -> None:
        super().__init__()
        if recurrent_iter < 1:
            raise UsageError(f"PReNet cannot run {recurrent_iter} stages: recurrent_iter must be at least 1.")
        self.recurrence: Recurrence = recurrence
        self.shared_block = shared_block
        self.skip = skip
        self.sees_rain = sees_rain
        self.recurrent_iter = recurrent_iter
        self.width = width
        self.conv0 = nn.Sequential(_conv3(6 if sees_rain else 3, width), nn.ReLU(inplace=True))
        for index in range(1, 2 if shared_block else 6):
            self.add_module(f"res_conv{index}", _residual_branch(width))
        for gate in GATES[recurrence]:
            self.add_module(f"conv_{gate}", nn.Sequential(_conv3(2 * width, width)))
        self.conv = nn.Sequential(_conv3(width, 3))

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W) of any size; return the last stage's estimate, not clamped."""
        *_, last = self.stages(image)
        return last

    def stages(self, image: Tensor) -> Iterator[Tensor]:
        """Yield the estimate of each stage, (N, 3, H, W)."""
        estimate = image
        hidden = cell = image.new_zeros(len(image), self.width, *image.shape[2:])
        gates = self._joined_gates()
        branches = self._branches()
        for _ in range(self.recurrent_iter):
            features = self.conv0(torch.cat((image, estimate), 1) if self.sees_rain else estimate)
            if self.recurrence == "lstm":
                features, cell = _lstm(features, hidden, cell, *gates)
            elif self.recurrence == "gru":
                features = self._gru(features, hidden, *gates)
            hidden = features
            for branch in branches:
                features = torch.relu_(branch(features) + features)
            estimate = self.conv(features)
            if self.skip:
                estimate = estimate + image
            yield estimate

    def _branches(self) -> list[nn.Module]:
        if self.shared_block:
            return [self.get_submodule("res_conv1")] * 5
        return [self.get_submodule(f"res_conv{index}") for index in range(1, 6)]

    def _gate(self, name: str) -> nn.Conv2d:
        return cast("nn.Conv2d", self.get_submodule(f"conv_{name}.0"))

    def _joined_gates(self) -> tuple[Tensor, ...]:
        """Concatenate weights and biases of all gates with the same input, for one convolution instead of four."""
        names = {"lstm": ("i", "f", "o", "g"), "gru": ("z", "b"), "none": ()}[self.recurrence]
        convolutions = [self._gate(name) for name in names]
        biases = [convolution.bias for convolution in convolutions if convolution.bias is not None]
        return (torch.cat([layer.weight for layer in convolutions]), torch.cat(biases)) if names else ()

    def _gru(self, features: Tensor, hidden: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        joined = torch.conv2d(torch.cat((features, hidden), 1), weight, bias, padding=1)
        update, reset = joined.sigmoid().chunk(2, 1)
        candidate = self._gate("g")(torch.cat((reset * hidden, features), 1)).tanh()
        return torch.lerp(hidden, candidate, update)


def _lstm(features: Tensor, hidden: Tensor, cell: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the next (hidden, cell); `weight` has the gates in the order input, forget, output, candidate."""
    joined = torch.conv2d(torch.cat((features, hidden), 1), weight, bias, padding=1)
    split = 3 * joined.shape[1] // 4
    enter, forget, leave = joined[:, :split].sigmoid().chunk(3, 1)
    cell = torch.addcmul(forget * cell, enter, joined[:, split:].tanh())
    return leave * cell.tanh(), cell


def _conv3(channels_in: int, channels_out: int) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, 3, padding=1)


def _residual_branch(width: int) -> nn.Sequential:
    return nn.Sequential(_conv3(width, width), nn.ReLU(inplace=True), _conv3(width, width), nn.ReLU(inplace=True))


def _trained(model: str, folder: str, sha256: dict[str, str]) -> tuple[Checkpoint, ...]:
    """List the checkpoints of the paper's tables; `sha256` by training set."""
    return tuple(
        _checkpoint(model, data.lower(), TRAINED_ON[data], f"{data}/{folder}", stages=6, sha256=digest)
        for data, digest in sha256.items()
    )


def _ablations(model: str, *folders: str) -> tuple[Checkpoint, ...]:
    """List the checkpoints of the ablation study; the hashes of these files are not known."""
    known = [(folder, *ABLATIONS[folder]) for folder in folders]
    return tuple(
        _checkpoint(model, name, TRAINED_ON["Rain100H"], f"Ablation/{folder}", stages=stages)
        for folder, name, stages in known
    )


def _checkpoint(model: str, name: str, trained_on: str, folder: str, *, stages: int, sha256: str = "") -> Checkpoint:
    return Checkpoint(
        name=name,
        trained_on=trained_on,
        url=f"https://raw.githubusercontent.com/csdwren/PReNet/{COMMIT}/logs/{folder}/net_latest.pth",
        sha256=sha256,
        filename=f"{model}_{name}.pth",
        licence=LICENCE,
        settings={"recurrent_iter": stages},
    )


def _card(
    name: str,
    title: str,
    checkpoints: tuple[Checkpoint, ...],
    *,
    lookalikes: tuple[str, ...] = (),
    rows: dict[str, tuple[float, float]] | None = None,
) -> ModelCard:
    """Make a card; `rows` (PSNR, SSIM) by data set, as printed in the official README."""
    published = tuple(
        PublishedResult(data.lower(), metric, value, "rain100h@1", README)
        for data, values in (rows or {}).items()
        for metric, value in zip(("psnr", "ssim"), values, strict=True)
    )
    return ModelCard(
        name=name,
        title=title,
        task="deraining",
        family="PReNet",
        citation=Citation(
            ("Ren, Dongwei", "Zuo, Wangmeng", "Hu, Qinghua", "Zhu, Pengfei", "Meng, Deyu"),
            "Progressive Image Deraining Networks: A Better and Simpler Baseline",
            "CVPR",
            2019,
            arxiv="1901.09221",
        ),
        licence=LICENCE,
        quantiser="truncate",
        checkpoints=checkpoints,
        lookalikes=lookalikes,
        published=published,
        notes=(
            "The official script truncates when saving, which darkens by half a grey level and costs 0.04 dB.",
            "Official Rain1400 results were saved as JPEG; scores of lossless results differ.",
            "float16, bfloat16, channels_last and torch.compile (one graph) work.",
        ),
        settings={"recurrent_iter": 6},
    )


@register_model(
    _card(
        "prenet",
        "PReNet",
        _trained(
            "prenet",
            "PReNet6",
            {
                "Rain100H": "127c0098787c5272f1f8583f6c5202e7ef674f750cd145a1691912a6d9e96210",
                "Rain100L": "cb9b743bb33cf6e5c56ba45f8ade93add46266dea9fa582e1934dc5eed942333",
                "Rain1400": "d5744dc2e35d73187a3f34936b3413884d293277073ffb78b961a78e65337879",
            },
        ),
        lookalikes=("prenet-lstm",),
        rows={"Rain100H": (29.46, 0.899), "Rain100L": (37.48, 0.979)},
    )
)
def prenet(recurrent_iter: int = 6) -> nn.Module:
    """PReNet: LSTM and five residual blocks."""
    return PReNet(recurrent_iter=recurrent_iter)


@register_model(
    _card(
        "prenet_r",
        "PReNet_r",
        _trained(
            "prenet_r",
            "PReNet6_r",
            {
                "Rain100H": "ece8127c651cf49026d998fa36857cb9d462c92cf535b640a377fc025f765b5f",
                "Rain100L": "31dd4419cdb0f4da623d974747113d60e2c22803598c39dcf03d789f86a7f62b",
                "Rain1400": "c639c19b342d6ae977b7ff8a4b2fbeb24179510a6e57b8bf5ef32d6b071fc8d5",
            },
        ),
        rows={"Rain100H": (28.98, 0.892), "Rain100L": (37.10, 0.977)},
    )
)
def prenet_r(recurrent_iter: int = 6) -> nn.Module:
    """PReNet_r: LSTM and one residual block applied five times."""
    return PReNet(shared_block=True, recurrent_iter=recurrent_iter)


@register_model(
    _card(
        "prn",
        "PRN",
        _trained(
            "prn",
            "PRN6",
            {
                "Rain100H": "f1d56a7df0851eb087652663781d3f34c4c37a4c7ddd9a3f0802abbede1a06c2",
                "Rain100L": "ed4be5b78f76dcec5c781e1655dee48c2a90b56993de555945d72e31848aea99",
                "Rain1400": "c6620860a51b54afec0c1eebe412f0f1ca00128100f5b23c13758605206a0bf2",
            },
        ),
        rows={"Rain100H": (28.07, 0.884), "Rain100L": (36.99, 0.977)},
    )
)
def prn(recurrent_iter: int = 6) -> nn.Module:
    """PRN: no recurrent layer, five residual blocks."""
    return PReNet(recurrence="none", recurrent_iter=recurrent_iter)


@register_model(
    _card(
        "prn_r",
        "PRN_r",
        _trained(
            "prn_r",
            "PRN6_r",
            {
                "Rain100H": "99242ce096c9c617bd529a5e189797e8955a4b8611d355974c7c1c64a18b9074",
                "Rain100L": "87ee3b1c027b33e7e532a4881c3b077d100cf40c65dd2843690600e3023acee0",
                "Rain1400": "c0f7f18f3d33e26f50af8c693494a03c2776c627140a1d8e0514edd53e9398fb",
            },
        ),
        rows={"Rain100H": (27.43, 0.874), "Rain100L": (36.11, 0.973)},
    )
)
def prn_r(recurrent_iter: int = 6) -> nn.Module:
    """PRN_r: no recurrent layer, one residual block applied five times."""
    return PReNet(recurrence="none", shared_block=True, recurrent_iter=recurrent_iter)


LSTM_ABLATIONS = _ablations("prenet-lstm", "PReNet6_LSTM", "PReNet5_LSTM", "PReNet7_LSTM", "PReNet6_RecSSIM")


@register_model(_card("prenet-lstm", "PReNet-LSTM (ablation)", LSTM_ABLATIONS, lookalikes=("prenet",)))
def prenet_lstm(recurrent_iter: int = 6) -> nn.Module:
    """PReNet without adding the rainy image to each stage's prediction."""
    return PReNet(skip=False, recurrent_iter=recurrent_iter)


@register_model(_card("prenet-gru", "PReNet-GRU (ablation)", _ablations("prenet-gru", "PReNet6_GRU")))
def prenet_gru(recurrent_iter: int = 6) -> nn.Module:
    """PReNet with a GRU, without adding the rainy image."""
    return PReNet(recurrence="gru", skip=False, recurrent_iter=recurrent_iter)


@register_model(_card("prenet-x", "PReNet-x (ablation)", _ablations("prenet-x", "PReNet6_x")))
def prenet_x(recurrent_iter: int = 6) -> nn.Module:
    """PReNet whose stages take only the previous estimate, not the rainy image."""
    return PReNet(skip=False, sees_rain=False, recurrent_iter=recurrent_iter)
