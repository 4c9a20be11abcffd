"""Files that a card knows by their hash, in the models that they belong to and in others that they fit."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from restorebench.bench.cli import main
from restorebench.bench.contracts import Checkpoint, ModelCard
from restorebench.bench.errors import CheckpointError, UsageError
from restorebench.bench.models import known_files as module
from restorebench.bench.models.checkpoints import sha256_file
from restorebench.bench.models.entries import MODELS, LoadedModel, ModelEntry
from restorebench.bench.models.identify import manifest
from restorebench.bench.models.known_files import check_known_file, known_files
from restorebench.bench.models.loading import open_model
from restorebench.bench.registry.specs import parse_spec

Relist = Callable[..., None]

TWINS = {"prenet", "prenet-lstm"}
SAME_FUNCTION = [
    {"denoising-sde-nano", "irsde-nano-denoise"},
    {"irsde-deblur", "irsde-derain"},
    {"irsde-nano", "irsde-nano-derain"},
    {"nafnet-width32", "nafnet-width32-notlc"},
    {"nafnet-width64", "nafnet-width64-notlc"},
    {"opir-nano", "opir-nano-all"},
    {"restormer", "restormer-derain"},
    {"stripformer", "stripformer-realblur"},
    {f"nafnet-nano{task}" for task in ("", "-deblur", "-dehaze", "-derain", "-desnow")},
    {f"nafnet-nano{task}+pde" for task in ("", "-deblur", "-dehaze", "-derain", "-desnow")},
]
"""Models of one network under several names: for other data, with other weights, or with another way of inference."""


def opened(specification: str) -> LoadedModel:
    return open_model(parse_spec(specification))


@pytest.fixture
def official(fixtures: Path) -> Path:
    return fixtures / "weights" / "prenet" / "prenet_rain100h.pth"


@pytest.fixture
def relist(monkeypatch: pytest.MonkeyPatch) -> Relist:
    """List checkpoints on the card of a registered model for the time of a test."""

    def change(name: str, *checkpoints: Checkpoint, lookalikes: tuple[str, ...] = ()) -> None:
        entry = MODELS.get(name)
        card = replace(entry.card, checkpoints=checkpoints, lookalikes=lookalikes)
        registered = MODELS._registered
        monkeypatch.setitem(registered, name, replace(entry, card=card))

    return change


def saved(name: str, path: Path) -> Path:
    torch.save(MODELS.get(name).build().state_dict(), path)
    return path


def listed(path: Path, name: str = "rain", **settings: int) -> Checkpoint:
    return Checkpoint(name, "some rain", "", sha256=sha256_file(path), settings=settings)


def test_an_official_file_opens_where_it_belongs_without_remark(official: Path):
    assert opened(f"prenet={official}").findings == ()
    assert opened(f"prenet[recurrent_iter=6]={official}").findings == ()


def test_an_official_file_of_a_twin_is_refused_with_the_right_specification(official: Path):
    with pytest.raises(CheckpointError) as raised:
        opened(f"prenet-lstm={official}")
    assert str(raised.value) == (
        f"{official} fits prenet-lstm, but is the official rain100h of prenet, which is another model: write "
        f"prenet={official}, or prenet-lstm[weights_of=prenet]={official} to use it in prenet-lstm all the same."
    )


def test_other_stages_than_those_of_the_training_are_refused(official: Path):
    with pytest.raises(CheckpointError, match=r"was trained with recurrent_iter=6, not 3: write prenet=.*, or add"):
        opened(f"prenet[recurrent_iter=3]={official}")


def test_what_is_meant_is_done_and_stands_in_the_record(official: Path):
    twin = opened(f"prenet-lstm[weights_of=prenet]={official}")
    assert twin.name == "prenet-lstm[weights_of=prenet]"
    assert twin.card.settings["weights_of"] == "prenet"
    (finding,) = twin.findings
    assert finding == (
        "has the weights of the official rain100h of prenet, which is another model: weights_of=prenet says that this "
        "is meant."
    )
    assert twin.card.notes[0] == f"prenet-lstm {finding}"
    fewer = opened(f"prenet[recurrent_iter=3,weights_of=prenet]={official}")
    assert "trained with recurrent_iter=6, not 3" in fewer.findings[0]


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("prenet[weights_of=prn]={}", "not known to belong to weights_of=prn (it is the official rain100h of prenet)"),
        ("median[weights_of=prenet]", "weights_of of median is about a weights file"),
        ("{here}/net.py:network[weights_of=prenet]={}", "takes any weights that fit: leave out weights_of"),
        ("spandrel[weights_of=prenet]={}", "makes its network from the weights file itself: leave out weights_of"),
    ],
)
def test_a_useless_weights_of_is_refused(model: str, reason: str, official: Path, tmp_path: Path):
    (tmp_path / "net.py").write_text("from torch import nn\nnetwork = nn.Conv2d(3, 3, 1)\n")
    with pytest.raises(UsageError) as raised:
        opened(model.format(official, here=tmp_path))
    assert reason in str(raised.value)


def test_an_unknown_file_that_fits_a_twin_says_so(tmp_path: Path):
    path = saved("prenet-lstm", tmp_path / "net_latest.pth")
    (finding,) = opened(f"prenet={path}").findings
    assert finding == (
        "has weights that are no official file known by its hash: they fit prenet-lstm as well, which computes "
        "something else, and nothing in them says whether they were trained with recurrent_iter=6."
    )
    assert opened(f"nafnet-nano={saved('nafnet-nano', tmp_path / 'nano.pth')}").findings == ()


def test_a_users_network_takes_official_weights(official: Path, tmp_path: Path):
    file = tmp_path / "mine.py"
    file.write_text("from restorebench.baselines.prenet import PReNet\n\ndef build():\n    return PReNet(skip=False)\n")
    assert opened(f"{file}:build={official}").findings == ()


def test_a_fetched_file_without_a_recorded_hash_is_known_by_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RESTOREBENCH_CACHE", str(tmp_path))
    (tmp_path / "weights").mkdir()
    path = saved("prenet-lstm", tmp_path / "weights" / "prenet-lstm_ablation-5-stages.pth")
    with pytest.raises(CheckpointError, match=r"fits prenet, but is .*: write prenet-lstm\[recurrent_iter=5\]="):
        opened(f"prenet={path}")
    with pytest.raises(CheckpointError, match="was trained with recurrent_iter=5, not 6"):
        opened("prenet-lstm")
    assert opened("prenet-lstm[recurrent_iter=5]").findings == ()


def test_a_known_file_of_another_name_of_one_network_is_refused(tmp_path: Path, relist: Relist):
    path = saved("nafnet-nano", tmp_path / "n.pth")
    relist("nafnet-nano-derain", listed(path))
    with pytest.raises(CheckpointError, match="fits nafnet-nano-dehaze, but is the official rain of nafnet-nano-dera"):
        opened(f"nafnet-nano-dehaze={path}")
    assert opened(f"nafnet-nano-derain={path}").findings == ()
    relist("nafnet-nano-dehaze", listed(path, "both"))
    assert opened(f"nafnet-nano-dehaze={path}").findings == ()


def test_a_model_takes_the_files_of_the_one_that_it_extends(tmp_path: Path, relist: Relist):
    path = saved("restormer-nano", tmp_path / "r.pth")
    relist("restormer-nano", listed(path))
    assert opened(f"restormer-nano+pde={path}").findings == ()


def test_options_that_no_tensor_shows_are_compared_in_every_family(tmp_path: Path, relist: Relist):
    path = saved("opir-nano-all", tmp_path / "o.pth")
    relist("opir-nano-all", listed(path, scales=2))
    assert opened(f"opir-nano-all={path}").findings == ()
    relist("opir-nano-all", listed(path, scales=1))
    with pytest.raises(CheckpointError, match=r"trained with scales=1, not 2: write opir-nano-all\[scales=1\]="):
        opened(f"opir-nano-all={path}")


def test_a_package_that_cannot_be_imported_hides_no_file(official: Path, monkeypatch: pytest.MonkeyPatch):
    class Broken:
        def names(self) -> list[str]:
            return ["broken", *MODELS.names()]

        def get(self, name: str) -> ModelEntry:
            if name == "broken":
                raise UsageError("broken cannot be imported.")
            return MODELS.get(name)

    monkeypatch.setattr(module, "MODELS", Broken())
    assert [each.title for each in known_files(official, sha256_file(official))] == ["the official rain100h of prenet"]
    assert check_known_file(MODELS.get("prenet").card, official, sha256_file(official)) == ""


def test_identify_prefers_the_hash_to_the_shape(official: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["models", "identify", str(official)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{official} contains the weights of prenet."
    assert second.startswith("It is the official rain100h of prenet, trained on Rain100H")
    assert main(["models", "identify", str(official), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["exact"] == ["prenet"]


@pytest.mark.slow
def test_models_whose_weights_cannot_be_told_apart_are_named_as_lookalikes_or_compute_the_same():
    groups: dict[object, set[str]] = defaultdict(set)
    for name in MODELS.names():
        entry = MODELS.get(name)
        if entry.card.needs_weights and entry.from_file is None:
            groups[tuple(manifest(name).items())].add(name)
    twins = [names for names in groups.values() if len(names) > 1]
    assert [names for names in twins if names not in SAME_FUNCTION] == [{"convir", "convir-derain"}, TWINS]
    for pair in ({"convir", "convir-derain"}, TWINS):
        assert {name: set(MODELS.get(name).card.lookalikes) for name in pair} == {name: pair - {name} for name in pair}


def test_the_twins_do_compute_different_images():
    one, other = (MODELS.get(name).build().eval() for name in sorted(TWINS))
    other.load_state_dict(one.state_dict())
    image = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        assert not torch.allclose(one(image), other(image), atol=0.1)


def test_the_finding_is_in_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = saved("prenet", tmp_path / "mine.pth")
    arguments = ["run", "-m", f"prenet={path}", "-d", "quickstart-rain", "--out", str(tmp_path / "out"), "--limit", "1"]
    assert main(arguments) == 0
    (run,) = (tmp_path / "out").glob("*/*/run.json")
    (finding,) = json.loads(run.read_text())["findings"]
    assert finding.startswith("has weights that are no official file")
    assert "prenet has weights that are no official file" in " ".join("".join(capsys.readouterr()).split())


def test_a_card_without_lookalikes_and_options_has_no_doubt(tmp_path: Path):
    path = tmp_path / "w.pth"
    path.write_bytes(b"w")
    assert check_known_file(ModelCard("mine", "Mine", "restoration"), path, sha256_file(path)) == ""
