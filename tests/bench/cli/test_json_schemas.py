"""What `--json` prints is what the schemas in docs/reference/schemas say, of every command that has it."""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.commands import Inputs, write_inputs
from jsonschema import Draft202012Validator
from restorebench.bench.cli import COMMANDS, main, make_app

ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT / "docs" / "reference" / "schemas"
DATA = ROOT / "docs" / "data"
PRENET = str(DATA / "rain100h" / "prenet")
WEIGHTS = str(ROOT / "baselines" / "weights" / "nafnet-nano-deblur.safetensors")

Words = Callable[[Inputs, Path], list[str]]


def pairs(inputs: Inputs) -> list[str]:
    return ["-d", f"paired={inputs.pairs}"]


def packed(inputs: Inputs, out: Path) -> list[str]:
    """The check of an archive, and of a file that is none."""
    main(["submit", str(inputs.runs), "--out", str(out)])
    return ["submit", "--check", *map(str, sorted(out.glob("*.zip"))), inputs.network]


def infinite(inputs: Inputs, out: Path) -> list[str]:
    """A comparison in which PSNR is infinite on one side."""
    main(["run", "-m", "identity", "-m", "median", *pairs(inputs), "--out", str(out)])
    main(["score", str(inputs.pairs / "target"), *pairs(inputs), "--name", "perfect", "--out", str(out)])
    return ["compare", str(out), "identity", "median", "perfect"]


def sliced(inputs: Inputs, out: Path) -> list[str]:
    column = out / "column.csv"
    column.parent.mkdir(parents=True, exist_ok=True)
    column.write_text("key,value\n" + "".join(f"{index},{index}\n" for index in range(1, 101)))
    del inputs
    return ["compare", str(DATA / "rain100h"), "identity", "prenet", "--by", str(column), "--slices", "2"]


CASES: dict[str, tuple[str, Words, int]] = {
    "run": ("runs", lambda i, o: ["run", "-m", "identity", "-m", "median", *pairs(i), "--out", str(o)], 0),
    "score": ("runs", lambda i, o: ["score", str(i.pairs / "target"), *pairs(i), "--name", "x", "--out", str(o)], 0),
    "merge": ("runs", lambda i, o: ["merge", str(i.runs), "--out", str(o)], 0),
    "models": ("models", lambda _i, _o: ["models"], 0),
    "models show": ("models-show", lambda _i, _o: ["models", "show", "prenet"], 0),
    "models identify": ("models-identify", lambda _i, _o: ["models", "identify", WEIGHTS], 0),
    "models test": ("models-test", lambda i, _o: ["models", "test", f"{i.network}:Fails"], 1),
    "datasets": ("datasets", lambda _i, _o: ["datasets"], 0),
    "datasets show": ("datasets-show", lambda _i, _o: ["datasets", "show", "gopro", "aio-5"], 0),
    "datasets overlap": ("datasets-overlap", lambda i, _o: ["datasets", "overlap", f"paired={i.pairs}"], 0),
    "datasets verify against": (
        "datasets-verify",
        lambda i, _o: ["datasets", "verify", f"paired={i.pairs}", "--against", f"paired={i.pairs}"],
        0,
    ),
    "datasets verify": ("datasets-verify", lambda i, _o: ["datasets", "verify", f"paired={i.pairs}"], 0),
    "protocols": ("protocols", lambda _i, _o: ["protocols"], 0),
    "protocols show": ("protocols-show", lambda _i, _o: ["protocols", "show", "gopro"], 0),
    "metrics": ("metrics", lambda _i, _o: ["metrics"], 0),
    "metrics show": ("metrics-show", lambda _i, _o: ["metrics", "show", "lpips"], 0),
    "fetch": ("fetch", lambda _i, _o: ["fetch", "--list"], 0),
    "doctor": ("doctor", lambda _i, _o: ["doctor"], 0),
    "doctor with a model": ("doctor-needs", lambda _i, _o: ["doctor", "-m", "prenet", "-d", "gopro"], 1),
    "table": ("table", lambda _i, _o: ["table", str(DATA / "quickstart"), "--published", "all"], 0),
    "table with published results": ("table", lambda _i, _o: ["table", PRENET, "--published", "all"], 0),
    "compare": ("compare", infinite, 0),
    "compare by slices": ("compare", sliced, 0),
    "check": ("check", lambda _i, _o: ["check", PRENET, "--baseline", PRENET, "--budget", "psnr>=99"], 1),
    "explain": (
        "explain",
        lambda _i, _o: ["explain", str(DATA / "explained/rain100h/prenet"), "--claimed", "psnr=28.05", "ssim=0.884"],
        0,
    ),
    "published": ("published", lambda _i, _o: ["published", "PReNet"], 0),
    "submit": ("submit-check", packed, 2),
    "inspect": (
        "inspect",
        lambda i, o: [
            *("inspect", "nafnet-nano-deblur", "-i", str(i.pairs / "input" / "0.png")),
            *("--side", "8", "--out", str(o / "x.png")),
        ],
        0,
    ),
    "profile": (
        "profile",
        lambda i, o: ["profile", "-m", f"{i.network}:build", "--size", "16x16", "--seconds", "0.2", "--out", str(o)],
        0,
    ),
}
"""What is tried, with the schema, the words, and the exit code."""

SLOW = {
    "quickstart": ("runs", lambda _i, o: ["quickstart", "--out", str(o)], 0),
    "profile --published": ("profile-published", lambda _i, _o: ["profile", "--published"], 0),
}


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def closed(node: Any) -> Any:
    """The same schema, refusing keys that it does not name: readers ignore such, but here they are forgotten ones."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    shut = {key: closed(each) for key, each in node.items()}
    if "properties" in node:
        shut["properties"] = {key: closed(each) for key, each in node["properties"].items()}
        shut.setdefault("additionalProperties", name_is_open(node))
    return shut


def name_is_open(node: dict[str, Any]) -> bool:
    """Whether an object is described in part: a count of MACs, whose record is long."""
    return "macs" in node["properties"] and "operators" in node["properties"]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    return write_inputs(tmp_path_factory.mktemp("inputs"))


def check(
    case: tuple[str, Words, int], inputs: Inputs, out: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[Any, Draft202012Validator]:
    name, words, code = case
    line = [*words(inputs, out), "--json"]
    capsys.readouterr()
    assert main(line) == code
    document, validator = json.loads(capsys.readouterr().out), Draft202012Validator(closed(schema(name)))
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)] == []
    return document, validator


@pytest.mark.parametrize("case", CASES)
def test_what_is_printed_is_what_the_schema_says(
    case: str, inputs: Inputs, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    document, validator = check(CASES[case], inputs, tmp_path / "out", capsys)
    assert document
    for damaged in damages(document):
        assert not validator.is_valid(damaged)


@pytest.mark.slow
@pytest.mark.parametrize("case", SLOW)
def test_what_slow_commands_print_is_what_the_schema_says(
    case: str, inputs: Inputs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, _ = check(SLOW[case], inputs, tmp_path / "out", capsys)
    assert document


def damages(document: Any) -> Iterator[Any]:
    """The document with one thing wrong: of another type, with a key too many, without its first key."""
    yield [] if isinstance(document, dict) else {}
    for change in ("more", "less"):
        changed = copy.deepcopy(document)
        first = changed[0] if isinstance(changed, list) else changed
        if change == "more":
            first["no such key"] = 1
        else:
            del first[next(iter(first))]
        yield changed


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: file.name)
def test_every_schema_is_one_and_is_used(file: Path) -> None:
    Draft202012Validator.check_schema(json.loads(file.read_text(encoding="utf-8")))
    assert file.stem in {case[0] for case in (*CASES.values(), *SLOW.values())}


def with_json() -> Iterator[str]:
    """Every command and subcommand with `--json`."""
    for name in COMMANDS:
        app = make_app([name])[name]
        parts = {name: app, **{f"{name} {each}": app[each] for each in app if not each.startswith("-")}}
        for words, part in parts.items():
            if part.default_command is not None and "json" in inspect.signature(part.default_command).parameters:
                yield words


def test_every_command_with_json_is_tried() -> None:
    assert set(with_json()) <= {*CASES, *SLOW}
