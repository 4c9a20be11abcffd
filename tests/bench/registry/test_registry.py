from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from restorebench.bench.datasets import DATASETS
from restorebench.bench.errors import UnknownNameError, UsageError, did_you_mean
from restorebench.bench.models.entries import MODELS, register_model
from restorebench.bench.registry.registry import Registry, import_user_file


def only_numbers(value: object, name: str) -> int:
    if not isinstance(value, int):
        raise UsageError(f"{name} is not a number.")
    return value


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module with a catalogue, whose second entry cannot be imported."""
    (tmp_path / "lazy_things.py").write_text(
        "NAMES = {'seven': 'lazy_things:SEVEN', 'broken': 'no_such_module:X', 'text': 'lazy_things:TEXT'}\n"
        "SEVEN = 7\nTEXT = 'seven'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return "lazy_things:NAMES"


def test_names_are_known_before_their_modules_are_imported(package: str):
    registry: Registry[int] = Registry("number", catalogue=package, group="none", coerce=only_numbers)
    assert registry.names() == ["broken", "seven", "text"]
    assert registry.get("seven") == 7
    with pytest.raises(ModuleNotFoundError):
        registry.get("broken")
    with pytest.raises(UsageError, match="text is not a number"):
        registry.get("text")


def test_a_registration_in_this_process_wins(package: str):
    registry: Registry[int] = Registry("number", catalogue=package, group="none", coerce=only_numbers)
    registry.add("seven", 8)
    assert registry.get("seven") == 8


@pytest.mark.parametrize(
    ("name", "message"),
    [("sevn", "Unknown number 'sevn': did you mean seven?"), ("SEVEN", "did you mean seven?"), ("q", "known are")],
)
def test_an_unknown_name_suggests_the_nearest(package: str, name: str, message: str):
    registry: Registry[int] = Registry("number", catalogue=package, group="none", coerce=only_numbers)
    with pytest.raises(UnknownNameError) as caught:
        registry.get(name)
    assert message in str(caught.value)


def test_many_names_are_cut():
    assert did_you_mean("zzz", [f"name{index:02}" for index in range(30)]).endswith("name19 and 10 more.")


def test_a_package_registers_models_by_entry_point(tmp_path: Path):
    """A real distribution on the path: its metadata is what is read."""
    (tmp_path / "their_models.py").write_text(
        "from torch import nn\n\ndef theirs(scale: float = 1.0):\n    return nn.Identity()\n"
    )
    info = tmp_path / "their_models-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-models\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[restorebench.models]\ntheirs = their_models:theirs\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from restorebench.bench.models import MODELS, open_model\n"
        "from restorebench.bench.registry.specs import parse_spec\n"
        "assert 'theirs' in MODELS.names()\n"
        "loaded = open_model(parse_spec('theirs[scale=2.0]'))\n"
        "assert loaded.name == 'theirs[scale=2.0]' and loaded.card.settings == {'scale': 2.0}\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 -- own code


def test_every_registered_model_and_data_set_can_be_had_under_its_own_name():
    for name in MODELS.names():
        assert MODELS.get(name).card.name == name
    for name in DATASETS.names():
        assert DATASETS.get(name).card.name == name


def test_two_files_of_one_name_do_not_collide(tmp_path: Path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.py").write_text(f"WHERE = {folder!r}\n")
    assert [import_user_file(tmp_path / folder / "mine.py").WHERE for folder in ("a", "b")] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "attribute", "message"),
    [
        ("def build(:\n", ":build", "cannot be imported"),
        ("import no_such_module\n", ":build", "no_such_module"),
        ("def build(): pass\n", ":biuld", "has no 'biuld': did you mean build?"),
        ("build = 3\n", ":build", "neither a torch module nor a function"),
        ("def build(): pass\n", "", "names a file but no attribute"),
    ],
)
def test_a_users_file_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str, attribute: str, message: str):
    file = tmp_path / "mine.py"
    file.write_text(text)
    with pytest.raises(UsageError, match=message):
        MODELS.get(f"{file}{attribute}")


def test_the_decorator_registers_under_the_cards_name():
    from restorebench.bench.contracts import ModelCard
    from torch import nn

    @register_model(ModelCard("of-this-test", "T", "restoration", needs_weights=False))
    def build() -> nn.Module:
        return nn.Identity()

    assert MODELS.get("of-this-test") is build
    assert isinstance(build(), nn.Identity)


def test_fetched_weights_are_used_only_when_there_is_no_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import torch
    from restorebench.bench.errors import CheckpointError
    from restorebench.bench.models.loading import open_model
    from restorebench.bench.registry.specs import parse_spec

    monkeypatch.setenv("RESTOREBENCH_CACHE", str(tmp_path))
    with pytest.raises(CheckpointError, match="prn_r needs weights: write prn_r=FILE, or get the official ones"):
        open_model(parse_spec("prn_r"))
    (tmp_path / "weights").mkdir()
    torch.save(MODELS.get("prn_r")().state_dict(), tmp_path / "weights" / "prn_r_rain100l.pth")
    assert open_model(parse_spec("prn_r")).weights == tmp_path / "weights" / "prn_r_rain100l.pth"
    (tmp_path / "weights" / "prn_r_rain100h.pth").write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"Several weights of prn_r were fetched: write prn_r=.* or prn_r="):
        open_model(parse_spec("prn_r"))


@pytest.mark.parametrize("name", ["input", "Degraded", "none"])
def test_whoever_asks_for_the_input_is_told_its_name(name: str):
    with pytest.raises(UnknownNameError, match=r"has the name identity\.$"):
        MODELS.get(name)
