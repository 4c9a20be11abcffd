from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from restorebench.bench.cli import main
from restorebench.bench.contracts import Checkpoint, ModelCard
from restorebench.bench.models.entries import MODELS, register_model
from restorebench.bench.terminal import display
from torch import nn


def test_the_table_has_every_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: line for line in lines if line.strip()}
    assert set(MODELS.names()) <= set(rows)
    assert rows["nafnet-width64"].split()[1:5] == ["deblurring", "67.889", "M", "by"]
    assert "TLC" in rows["nafnet-width64"]
    assert "gopro psnr 33.7103, ssim 0.9668" in rows["nafnet-width64"]
    assert "fetch" in rows["prenet"]
    assert rows["identity"].split()[1:5] == ["restoration", "-", "-", "1"]


def test_models_stand_below_their_family(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    begins = {line.strip(): index for index, line in enumerate(lines) if line.strip().endswith(":")}
    families = {MODELS.get(name).card.family for name in MODELS.names()}
    assert {f"{family}:" for family in families} <= set(begins)
    assert len([line for line in lines if line.strip() == "PReNet:"]) == 1
    first = begins["PReNet:"] + 1
    members = [name for name in MODELS.names() if MODELS.get(name).card.family == "PReNet"]
    assert sorted(line.split()[0] for line in lines[first : first + len(members)]) == sorted(members)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--task", "deraining", "--weights", "fetch"], {"restormer-derain"}),
        (["--family", "dmphn"], {"dmphn"}),
        (["--family", "NAFNet", "--weights", "by hand", "--task", "deblurring"], {"nafnet-width64-notlc"}),
        (["--weights", "none", "--family", "classical"], {"median", "identity"}),
    ],
)
def test_models_are_chosen_by_task_family_and_weights(
    options: list[str], expected: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", *options, "--json"]) == 0
    cards = {card["name"]: card for card in json.loads(capsys.readouterr().out)}
    wanted = dict(zip(options[::2], options[1::2], strict=True))
    assert expected <= set(cards)
    for card in cards.values():
        assert wanted.get("--task", card["task"]) == card["task"]
        assert str(wanted.get("--weights", card["weights"])).replace("none", "-") == card["weights"]
        assert str(wanted.get("--family", card["family"])).lower() == card["family"].lower()
    assert len(cards) < len(MODELS.names())


def test_a_mistyped_family_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--family", "NAFNett"]) == 2
    assert "did you mean NAFNet?" in capsys.readouterr().err
    assert main(["models", "--family", "dmphn", "--task", "deraining"]) == 0
    assert "No model is all of this" in capsys.readouterr().err


def test_the_table_fits_a_screen_of_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    display._console.cache_clear()
    assert main(["models"]) == 0
    display._console.cache_clear()
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in capsys.readouterr().out.splitlines()]
    assert max(map(len, lines)) <= 80
    assert any({"Model", "Task", "Parameters", "Weights"} <= set(line.split()) for line in lines)
    rows = {line.split()[0]: line.split() for line in lines if line.strip()}
    assert set(MODELS.names()) <= set(rows)
    assert rows["prenet"][1:5] == ["deraining", "0.169", "M", "fetch"]
    assert "image" not in rows


def test_json_has_every_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    cards = {card["name"]: card for card in json.loads(capsys.readouterr().out)}
    assert set(cards) == set(MODELS.names())
    assert cards["dmphn"]["size"] == {"multiple_of": 8, "minimum": 1, "padding": "reflect"}
    assert cards["prenet"]["parameters"] == 168_963
    assert cards["prenet"]["options"] == {"recurrent_iter": 6}


def test_show_says_where_the_weights_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "show", "prn_r"]) == 0
    shown = capsys.readouterr().out
    for part in ("PRN_r", "arXiv 1901.09221", "0.021 M", "Sizes:      any", "truncate", "recurrent_iter=6"):
        assert part in shown
    assert "logs/Rain100H/PRN6_r/net_latest.pth [sha256 99242ce0" in shown
    source = "https://github.com/csdwren/PReNet/blob/6d908d1e3c/README.md"
    assert f"rain100l ssim 0.973 by rain100h@1 ({source})" in shown
    assert main(["models", "show", "dmphn", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["weights"] == "by hand"


def test_show_knows_a_model_of_the_users(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.py"
    file.write_text("from torch import nn\n\ndef build(width: int = 4):\n    return nn.Conv2d(3, 3, 3, padding=1)\n")
    assert main(["models", "show", f"{file}:build"]) == 0
    assert "width=4" in capsys.readouterr().out


def test_a_mistyped_name_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "show", "nafnet-widht64"]) == 2
    assert "did you mean nafnet-width64" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["models", "shwo"], "`restorebench models` has no command 'shwo': did you mean show?"),
        (["models", "idenify", "file.pth"], "no command 'idenify': did you mean identify?"),
        (["models", "nafnet-nano"], "no command 'nafnet-nano': known are identify, show, test."),
        (["datasets", "verfy"], "`restorebench datasets` has no command 'verfy': did you mean verify?"),
        (["protocols", "shwo"], "`restorebench protocols` has no command 'shwo': did you mean show?"),
        (["models", "show", "a", "b"], "Unused Tokens: ['b']"),
        (["models", "--jsn"], "did you mean --json?"),
    ],
)
def test_a_mistyped_command_gets_a_suggestion(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert told in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_identify_names_the_twins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"params": MODELS.get("prenet").build().state_dict()}, path)
    assert main(["models", "identify", str(path)]) == 0
    assert capsys.readouterr().out == f"{path} contains the weights of prenet or prenet-lstm.\n"


def test_identify_recognises_official_files(fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = fixtures / "weights" / "prenet" / "prn_r_rain100h.pth"
    assert main(["models", "identify", str(path)]) == 0
    assert "It is the official rain100h of prn_r, trained on Rain100H" in capsys.readouterr().out
    assert main(["models", "identify", str(fixtures / "weights" / "dmphn"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["exact"] == ["dmphn"]
    assert [official["checkpoint"]["name"] for official in found["official"]] == ["gopro"]


def test_identify_says_what_is_nearest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "weights.pth"
    state = MODELS.get("prn").build().state_dict()
    torch.save({**state, "conv.0.bias": torch.zeros(1)}, path)
    assert main(["models", "identify", str(path)]) == 1
    assert "the nearest is prn (23 of 24 tensors agree)" in capsys.readouterr().out
    torch.save({"a": torch.zeros(1)}, path)
    assert main(["models", "identify", str(path)]) == 1
    assert "does not match any known model, not even approximately" in capsys.readouterr().out


def test_identify_refuses_other_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "identify", str(tmp_path)]) == 2
    assert "is not a folder of weights of any known model" in capsys.readouterr().err


def test_what_weights_need(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.setattr(MODELS, "_registered", {})
    monkeypatch.setattr(MODELS, "_lazy", {})
    by_hand = Checkpoint(name="a", trained_on="b", url="", by_hand="Ask the authors.")
    for name, checkpoints in {"mine-train": (), "mine-hand": (by_hand,)}.items():
        register_model(ModelCard(name, name, "restoration", checkpoints=checkpoints))(lambda: nn.Conv2d(3, 3, 1))
    card = ModelCard("mine-shipped", "mine", "restoration")
    register_model(card, shipped_weights=lambda: tmp_path)(lambda: nn.Conv2d(3, 3, 1))
    assert main(["models", "--json"]) == 0
    weights = {entry["name"]: entry["weights"] for entry in json.loads(capsys.readouterr().out)}
    assert weights == {"mine-train": "train", "mine-hand": "by hand", "mine-shipped": "shipped"}


def test_help_needs_no_torch() -> None:
    code = (
        "import sys; from restorebench.bench.cli import models; "
        "sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 -- this interpreter


def test_an_unknown_task_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--task", "derain"]) == 2
    assert "deraining" in capsys.readouterr().err
