"""Code that a received record names never runs, unless the user names the same code."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.paired_runs import write_paired_run
from restorebench.bench.comparison.pairing import Measured, measured
from restorebench.bench.errors import UsageError
from restorebench.bench.files.fingerprints import file_sha256
from restorebench.bench.runs.run import load_run
from restorebench.bench.verdict.baseline import read_baseline, write_baseline
from restorebench.bench.verdict.permitted_code import model_to_run

CODE = "import pathlib\npathlib.Path(__file__).with_suffix('.ran').touch()\nfrom part import build\n"
PART = "def build(width=8): ...\n"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(CODE)
    (tmp_path / "part.py").write_text(PART)
    return tmp_path / "mine.py"


def side(tmp_path: Path, model: str, **settings: object) -> Measured:
    return measured(load_run(write_paired_run(tmp_path / "out", {"psnr": [30.0]}, model=model, settings=settings)))  # pyright: ignore[reportArgumentType]


KNOWN = {"code_sha256": digest(CODE), "code": {"part.py": digest(PART)}}


def test_a_registered_model_is_opened_by_its_name_without_what_the_record_says_of_files(tmp_path: Path) -> None:
    assert model_to_run(side(tmp_path, "median[size=5]=/etc/passwd"), ()) == ("median[size=5]", None)


@pytest.mark.parametrize(
    "model",
    ["./mine.py:build", "mine:build", "os:system[command=true]", "net.onnx", "net.pt", "cmd:rm {input} {output}"],
)
def test_code_that_only_the_record_names_is_not_run(tmp_path: Path, mine: Path, model: str) -> None:
    with pytest.raises(UsageError, match="is not run because a record names it"):
        model_to_run(side(tmp_path, model, **KNOWN), ())
    assert not mine.with_suffix(".ran").exists()


def test_the_named_file_with_the_recorded_hashes_is_run_from_where_it_is_here(tmp_path: Path, mine: Path) -> None:
    found = model_to_run(side(tmp_path, "elsewhere/mine.py:build[width=4]", **KNOWN), (f"{mine}:build[width=4]",))
    assert found == (f"{mine}:build[width=4]", None)
    assert not mine.with_suffix(".ran").exists()


@pytest.mark.parametrize("recorded", ["x.py:os.system[width=4]", "x.py:build[width=5]", "x.py:build", "cmd:x[width=4]"])
def test_the_record_cannot_choose_another_attribute_or_option_of_that_file(
    tmp_path: Path, mine: Path, recorded: str
) -> None:
    with pytest.raises(UsageError, match="is not run"):
        model_to_run(side(tmp_path, recorded, **KNOWN), (f"{mine}:build[width=4]",))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"code_sha256": digest(CODE)}, "is not the code that"),
        ({"code_sha256": "0" * 64, "code": KNOWN["code"]}, "is not the code that"),
        ({}, "has no sha256 of the code"),
        ({"code_sha256": 7, "code": [1]}, "has no sha256 of the code"),
    ],
)
def test_other_code_is_not_run(tmp_path: Path, mine: Path, settings: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        model_to_run(side(tmp_path, "mine.py:build", **settings), (f"{mine}:build",))
    assert not mine.with_suffix(".ran").exists()


def test_a_baseline_keeps_the_hashes(tmp_path: Path, mine: Path) -> None:
    write_baseline(tmp_path / "b.json", [side(tmp_path, "mine.py:build", **KNOWN)])
    (cell,) = read_baseline(tmp_path / "b.json")
    assert model_to_run(cell, (f"{mine}:build",)) == (f"{mine}:build", None)


def test_an_exported_file_is_told_by_its_hash(tmp_path: Path) -> None:
    net = tmp_path / "net.pt"
    net.write_bytes(b"a network")
    recorded = side(tmp_path, "theirs.pt")
    with pytest.raises(UsageError, match="is not the code that"):
        model_to_run(recorded, (str(net),))
    assert model_to_run(replace(recorded, code=(file_sha256(net),)), (str(net),)) == (str(net), None)


def test_a_program_is_told_by_its_files(tmp_path: Path) -> None:
    script = tmp_path / "restore.py"
    script.write_text("...")
    name = f"cmd:python3 {script} {{input}} {{output}}"
    assert model_to_run(side(tmp_path, name, code={str(script): digest("...")}), (name,)) == (name, None)


def test_weights_are_taken_only_with_the_recorded_hash(tmp_path: Path) -> None:
    weights = tmp_path / "w.pth"
    weights.write_bytes(b"weights")
    known = replace(side(tmp_path, "nafnet-nano-deblur"), weights=weights, weights_sha256=file_sha256(weights))
    assert model_to_run(known, ())[1] == weights
    assert model_to_run(replace(known, weights_sha256="0" * 64), ())[1] is None
