from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from helpers.restored_images import write_pairs
from restorebench.bench import load_model
from restorebench.bench.cli import main
from restorebench.bench.contracts import InferenceScheme, ModelCard, SizeRequirements
from restorebench.bench.errors import UsageError
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.loading import bound_card, open_model
from restorebench.bench.models.local_windows import GlobalOperation
from restorebench.bench.models.tlc import convert_to_local
from restorebench.bench.registry.specs import parse_spec
from restorebench.bench.runs.run import find_runs
from torch import nn

FILE = """\
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, flat=False):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        linear = nn.Sequential(nn.Flatten(), nn.Linear(3, 3), nn.Unflatten(1, (3, 1, 1)))
        self.weigh = linear if flat else nn.Conv2d(3, 3, 1)

    def forward(self, x):
        return x * self.weigh(self.pool(x)).sigmoid()


class Values(Attention):
    def forward(self, x):
        return super().forward(x) * (2 if x.sum().item() < 0 else 1)


class Mean(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        return self.conv(x) - x.mean((2, 3), keepdim=True)


class Broken(Attention):
    def forward(self, x):
        raise RuntimeError("no patches please")


def pooled(): return Attention()
def twice(): attention = Attention(); return nn.Sequential(attention, attention)
def half(): return nn.Sequential(Attention(), nn.AvgPool2d(2), Attention(), nn.Upsample(scale_factor=2))
def looking(): return Values()
def flat(): return Attention(flat=True)
def mean(): return Mean()
def both(): return nn.Sequential(Attention(), Mean())
def normed(): return nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.InstanceNorm2d(3, affine=True))
def counted(): return nn.InstanceNorm2d(3, track_running_stats=True)
def broken(): return Broken()
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "net.py"
    path.write_text(FILE)
    return str(path)


def windows(network: nn.Module) -> list[tuple[int, int] | None]:
    return [each.window for each in network.modules() if isinstance(each, GlobalOperation)]


@pytest.mark.parametrize(
    ("name", "kinds", "found"),
    [
        ("pooled", "1 AveragePool2d", [(48, 48)]),
        ("twice", "1 AveragePool2d", [(48, 48)]),
        ("half", "2 AveragePool2d", [(48, 48), (24, 24)]),
        ("looking", "1 AveragePool2d", [(48, 48)]),
        ("normed", "1 InstanceNorm2d", [(48, 48)]),
    ],
)
def test_modules_of_torch_get_windows_of_one_and_a_half_patches(
    file: str, name: str, kinds: str, found: list[tuple[int, int]]
):
    loaded = open_model(parse_spec(f"{file}:{name}[tlc=48]"))
    assert windows(loaded.network) == found
    assert loaded.card.notes[0] == f"tlc=48 converted {kinds} to windows of 1.5 times training patches of 32 pixels."


def test_what_stays_global_is_named(file: str):
    loaded = open_model(parse_spec(f"{file}:both[tlc=48]"))
    assert "converted 1 AveragePool2d" in loaded.card.notes[0]
    assert loaded.card.notes[0].endswith("; still over the whole image: 1 mean in Mean.")


@pytest.mark.parametrize("name", ["pooled", "normed"])
def test_an_image_within_the_windows_is_restored_as_before(file: str, name: str):
    local, plain = load_model(f"{file}:{name}[tlc=48]"), load_model(f"{file}:{name}")
    local.network.load_state_dict(plain.network.state_dict())
    small, large = torch.rand(1, 3, 48, 40), torch.rand(1, 3, 90, 70)
    assert torch.equal(local(small), plain(small))
    assert (local(large) - plain(large)).abs().max() > 1e-3


def test_far_pixels_no_longer_matter(file: str):
    local, plain = load_model(f"{file}:normed[tlc=48]"), load_model(f"{file}:normed")
    image = torch.rand(1, 3, 120, 120)
    changed = image.clone()
    changed[..., 100:, 100:] = 0
    near = (..., slice(40), slice(40))
    assert (plain(image)[near] - plain(changed)[near]).abs().max() > 1e-3
    assert (local(image)[near] - local(changed)[near]).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mean[tlc=48]", "has nothing that tlc can convert"),
        ("counted[tlc=48]", "has nothing that tlc can convert"),
        ("flat[tlc=48]", "takes no local means where it has global ones"),
        ("broken[tlc=48]", "fails on a training patch of 32x32.*no patches please"),
        ("pooled[tlc=-3]", "must be the side of a window in pixels"),
        ("pooled[tlc=none]", "must be the side of a window in pixels"),
        ("pooled[tlc=50]", r"not 1.5 times the side of a training patch that it takes \(a multiple of 2, at least 1\)"),
        ("pooled[tlc=48,multiple_of=64]", "a multiple of 64, at least 1.*write tlc=384 for patches of 256"),
        ("pooled[tlc=48,multiple_of=3]", "a multiple of 6, at least 1.*write tlc=387 for patches of 258"),
        ("pooled[tlc=48,minimum=40]", "at least 40"),
        ("pooled[tlc=48,grid=48]", "changes nothing in .*cells of 48: add grid=0"),
    ],
)
def test_what_cannot_be_is_refused(file: str, name: str, message: str):
    with pytest.raises(UsageError, match=message):
        open_model(parse_spec(f"{file}:{name}"))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("nafnet-width32[tlc=384]", "already aggregates over windows of its own"),
        ("hinet-deblur[tlc=384]", "restores an image in cells of 256: add grid=0"),
        ("stripformer[tlc=384]", "has nothing that tlc can convert"),
        ("identity[tlc=384]", "has nothing that tlc can convert"),
    ],
)
def test_registered_models_that_have_no_such_form(spec: str, message: str):
    with pytest.raises(UsageError, match=message):
        open_model(parse_spec(spec), weights="random")


def test_windows_of_hinet_are_those_of_its_levels():
    loaded = open_model(parse_spec("hinet-nano[tlc=384]"), weights="random")
    assert "converted 10 InstanceNorm2d" in loaded.card.notes[0]
    assert {window[0] for window in windows(loaded.network) if window} == {384, 192, 96, 48, 24}


def test_windows_of_mprnet_follow_its_halves_and_quarters():
    entry = MODELS.get("mprnet-derain")
    with torch.device("meta"):
        network = entry.build()
    before = [*network.state_dict()]
    assert "ChannelAttentionBlock" in convert_to_local(network, entry.card, 384)
    # Of a patch of 256x256, the first stage encodes quarters and decodes halves, and the third sees the whole.
    assert {(192, 192), (192, 384), (384, 384)} <= {*windows(network)}
    assert [*network.state_dict()] == before


@pytest.mark.parametrize(
    ("spec", "variant", "scheme"),
    [
        ("restormer[tlc=384]", "TLC 384", InferenceScheme(tlc=384)),
        ("restormer[tlc=0]", "full image", InferenceScheme()),
        ("hinet-deblur[tlc=384,grid=0,ensemble=x8]", "TLC 384, ensemble x8", InferenceScheme(tlc=384, ensemble="x8")),
    ],
)
def test_the_card_says_which(spec: str, variant: str, scheme: InferenceScheme):
    card = bound_card(parse_spec(spec))
    assert (card.variant, card.scheme) == (variant, scheme)


def test_a_network_that_starts_over_is_measured_once():
    class Sampler(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network, self.calls = nn.Sequential(nn.InstanceNorm2d(3), nn.AvgPool2d(2), nn.InstanceNorm2d(3)), 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for _ in range(5):
                self.calls += 1
                self.network(x)
            return x

    network = Sampler()
    card = ModelCard("net", "Net", "restoration", size=SizeRequirements(2), needs_weights=False)
    convert_to_local(network, card, 48)
    assert windows(network) == [(48, 48), (24, 24)]


def test_record_and_table_name_it(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data, _ = write_pairs(tmp_path, 1, 60, 60)
    names = [f"{file}:normed", f"{file}:normed[tlc=24]"]
    models = [part for name in names for part in ("-m", name)]
    out = tmp_path / "out"
    assert main(["run", *models, "-d", f"paired={data}", "-p", "rgb@1", "--out", str(out), "--device", "cpu"]) == 0
    runs = {run.info.model.variant: run for run in find_runs(out)}
    assert set(runs) == {"full image", "TLC 24"}
    written = json.loads((runs["TLC 24"].path / "run.json").read_text())["model"]
    assert written["scheme"] == {"grid": 0, "ensemble": "none", "tlc": 24}
    assert written["settings"] == {"tlc": 24}
    assert written["notes"][0].startswith("tlc=24 converted 1 InstanceNorm2d")
    assert len({run.info.plan.sha256 for run in runs.values()}) == 2
    capsys.readouterr()
    assert main(["table", str(out), "--format", "csv"]) == 0
    assert "TLC 24" in capsys.readouterr().out
