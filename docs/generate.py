"""Write the parts of the pages that the program itself knows, and its tables of `docs/data`: `make docs`.

A page marks such a part with `<!-- generated: NAME -->` and `<!-- end -->`; tests/test_docs.py says when one is stale.
"""
# ruff: noqa: INP001 -- a script, of no package

from __future__ import annotations

import ast
import contextlib
import dataclasses
import inspect
import io
import json
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from restorebench import bench
from restorebench.baselines import MODELS
from restorebench.bench import contracts
from restorebench.bench.cli import COMMANDS, interrupted, main, make_app
from restorebench.bench.cli.init import SUITE, TEMPLATES
from restorebench.bench.cli.quickstart import STUDIES
from restorebench.bench.cli.summary import show_runs
from restorebench.bench.cli.verified_copies import verdict
from restorebench.bench.contracts import citations
from restorebench.bench.datasets import DATASETS as SETS
from restorebench.bench.explanation.averages import Images
from restorebench.bench.explanation.explain import searched_views
from restorebench.bench.explanation.measurements import Measurements
from restorebench.bench.explanation.measuring import stored_measurements
from restorebench.bench.files.codec import decode
from restorebench.bench.machine import environment
from restorebench.bench.metrics import metric
from restorebench.bench.models.entries import MODELS as MODEL_ENTRIES
from restorebench.bench.protocols.catalogue import ALIASES, PROTOCOLS
from restorebench.bench.runs import info, plan, records, summary
from restorebench.bench.runs import run as runs
from restorebench.bench.terminal.display import error
from restorebench.bench.training import recipe
from restorebench.bench.training.losses import LOSSES
from restorebench.datasets import DATASETS
from restorebench.datasets.copies.verification import Verification
from rich.console import Console

__all__ = ["generated", "pages"]

DOCS = Path(__file__).parent
DATA = DOCS / "data"
PART = re.compile(r"(<!-- generated: (?P<name>[\w -]+) -->\n).*?(<!-- end -->)", re.DOTALL)
HELP_WIDTH = 100

FIELDS: dict[str, tuple[ModuleType, tuple[str, ...]]] = {
    "plan": (plan, ("Plan",)),
    "run": (info, ("RunInfo", "WeightsFacts", "ProtocolFacts", "Measurement")),
    "metric facts": (metric, ("MetricFacts",)),
    "summary": (summary, ("Summary", "MetricSummary")),
    "cards": (
        contracts,
        ("DatasetCard", "DatasetReport", "ModelCard", "SizeRequirements", "Checkpoint", "PublishedResult"),
    ),
    "citation": (citations, ("Citation",)),
    "environment": (environment, ("Environment",)),
    "record": (records, ("ScoreRecord", "ProtocolScores")),
    "alignment": (contracts, ("AlignmentFacts",)),
}
"""Part of run-folder.md to the dataclasses that it shows."""


RECIPE_TABLES = {
    "The recipe": recipe.Recipe,
    "`[[data]]`": recipe.DataSource,
    "`[[stages]]`": recipe.Stage,
    "`[validation]`": recipe.Validation,
}


def pages() -> Iterator[Path]:
    """Every page that has a generated part."""
    everything = (DOCS.parent / "README.md", *sorted(DOCS.rglob("*.md")))
    return (page for page in everything if PART.search(page.read_text(encoding="utf-8")))


def generated(page: Path) -> str:
    """The page as it should be now."""

    def fill(found: re.Match[str]) -> str:
        name = found["name"]
        lines = _fields(*FIELDS[name]) if name in FIELDS else WRITERS[name]()
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        return f"{found[1]}\n{text}\n\n{found[3]}"

    return PART.sub(fill, page.read_text(encoding="utf-8"))


def _commands() -> Iterator[str]:
    for name in COMMANDS:
        yield from _help(name)
        for subcommand in _subcommands(name):
            yield from _help(name, subcommand)


def _verified() -> Iterator[str]:
    """What `restorebench datasets verify` prints of the copy in `docs/data/verified.json`."""
    (document,) = json.loads((DATA / "verified.json").read_text(encoding="utf-8"))
    del document["complete"]
    yield from _fenced("\n".join(verdict(decode(Verification, document))))


def _interrupted() -> Iterator[str]:
    """What Ctrl-C prints in the middle of a run."""
    with contextlib.redirect_stderr(io.StringIO()) as printed:
        error(interrupted(["run"]))
    yield from _fenced(printed.getvalue())


def _files_of_init() -> Iterator[str]:
    """The suite file that `restorebench init` writes."""
    yield from ("```toml", *(TEMPLATES / SUITE).read_text(encoding="utf-8").splitlines(), "```")


def _exit_codes() -> Iterator[str]:
    """What the help of each command says about its exit code."""
    rows: list[list[str]] = []
    for name in COMMANDS:
        app = make_app([name])[name]
        parts = {name: app, **{f"{name} {each}": app[each] for each in _subcommands(name)}}
        for words, part in parts.items():
            said = re.search(r"Exit code: (.+?)(?:\n\n|$)", inspect.getdoc(part.default_command) or "", re.DOTALL)
            if said is not None:
                rows.append([f"`{words}`", " ".join(said[1].split())])
    yield from _table(("command", "exit code"), iter(rows))


def _subcommands(name: str) -> list[str]:
    app = make_app([name])[name]
    return sorted(each for each in app if not each.startswith("-"))


def _help(*words: str) -> Iterator[str]:
    stream = io.StringIO()
    make_app(words).help_print(list(words), console=Console(file=stream, width=HELP_WIDTH, color_system=None))
    printed = [line.rstrip() for line in stream.getvalue().strip().splitlines()]
    yield from (f"{'#' * (2 + len(words))} restorebench {' '.join(words)}", "", "```", *printed, "```", "")


def _protocols() -> Iterator[str]:
    known = {each["id"]: each for each in _listed("protocols")}
    yield from _table(
        ("protocol", "what it is", "reproduces"),
        ([f"[{name}](#{_anchor(name)})", known[name]["title"], known[name]["source"]] for name in PROTOCOLS),
    )
    aliases = (f"`{alias}` is `{name}`" for alias, name in ALIASES.items())
    yield from ("", f"Other names: {', '.join(aliases)}.", "")
    for name in PROTOCOLS:
        protocol = known[name]
        used_for = f" Used for: {protocol['used_for']}." if protocol["used_for"] else ""
        yield from (f"### {name}", "", f"{protocol['title']}. Source: {protocol['source']}.{used_for}", "")
        yield from ("```", *protocol["formula"].splitlines(), "```", "")
        if "psnr" in protocol["metrics"]:
            yield f"Identical images make the mean PSNR {protocol['infinite_psnr']}."
        yield from ("", *(f"- {note}" for note in protocol["notes"]), "")


def _metrics() -> Iterator[str]:
    known = _listed("metrics")
    yield from _table(
        ("metric", "what it is", "better", "range", "target"),
        (
            [
                f"[{each['name']}](#{_anchor(each['name'])})",
                each["title"],
                "higher" if each["higher_is_better"] else "lower",
                each["range"],
                "needed" if each["needs_target"] else "not needed",
            ]
            for each in known
        ),
    )
    for each in known:
        card = each["card"]
        yield from ("", f"### {each['name']}", "", f"{each['title']}. {card['source']}.", "")
        facts = {
            "computed": each["computed"],
            "licence": card["licence"],
            "weights": card["weights"],
            "calibrated on": card["calibration"],
            "a difference of 0.01": card["hundredth"],
        }
        yield from (f"- {name}: {text}" for name, text in facts.items() if text)
        yield from (f"- {note}" for note in card["notes"])


def _datasets() -> Iterator[str]:
    known = {each["name"]: each for each in _listed("datasets")}
    for name in DATASETS:
        card = known[name]
        pairs = "any number of pairs" if card["expected_pairs"] is None else f"{card['expected_pairs']} pairs"
        yield from (f"### {name}", "", f"{card['title']}: {card['task']}, {pairs}, `{card['default_protocol']}`.", "")
        yield from (card["how_to_get"], "", f"- licence: {card['licence']}")
        yield from (f"- layout: `{layout}`" for layout in card["layouts"])
        yield from (f"- {note}" for note in card["notes"])
        cited = SETS.get(name).card.citation
        facts = (f"{cited.text}." if cited else "", card["homepage"])
        yield from (*(f"- {fact}" for fact in facts if fact), "")


def _models() -> Iterator[str]:
    known = {each["name"]: each for each in _listed("models")}
    yield from _table(
        ("model", "task", "parameters", "weights", "options", "saved as", "variant"),
        (
            [
                f"[{name}](#{_anchor(name)})",
                card["task"],
                f"{card['parameters']:,}" if card["parameters"] else "",
                card["weights"].strip("-"),
                ", ".join(f"`{option}={value}`" for option, value in card["options"].items()),
                card["quantiser"] or "",
                card["variant"],
            ]
            for name, card in ((name, known[name]) for name in MODELS)
        ),
    )
    for name in MODELS:
        yield from _model(known[name])


def _model(card: dict[str, Any]) -> Iterator[str]:
    reference = MODEL_ENTRIES.get(card["name"]).card.reference or "Published nowhere"
    size, licence = card["size"], f" Licence of the weights: {card['licence']}." if card["licence"] else ""
    yield from ("", f"### {card['name']}", "", f"{card['title']}. {reference}.")
    yield from ("", f"Pads to multiples of {size['multiple_of']} ({size['padding']}).{licence}", "")
    for checkpoint in card["checkpoints"]:
        where = checkpoint["by_hand"] or checkpoint["url"]
        yield f"- weights `{checkpoint['name']}`: trained on {checkpoint['trained_on']}. {where}"
    for row in card["published"]:
        yield f"- published: {row['dataset']} {row['metric']} {row['value']:g} by `{row['protocol']}` ({row['source']})"
    yield from (f"- {note}" for note in card["notes"])


def _names() -> Iterator[str]:
    summaries = ((name, inspect.getdoc(getattr(bench, name)) or "") for name in bench.__all__)
    rows = ([f"`{name}`", f"`{getattr(bench, name).__module__}`", text.partition("\n")[0]] for name, text in summaries)
    yield from _table(("name", "defined in", "what it is"), rows)


def _recipe_keys() -> Iterator[str]:
    """Keys of a recipe: one table for each table of the TOML file."""
    for title, kind in RECIPE_TABLES.items():
        node = next(each for each in ast.parse(inspect.getsource(kind)).body if isinstance(each, ast.ClassDef))
        types, meanings = get_type_hints(kind), {row[0].strip("`"): row[2] for row in _documented(node)}
        rows = (
            [f"`{key.name}`", _toml_type(types[key.name]), _toml_default(key), _in_toml(meanings[key.name])]
            for key in dataclasses.fields(kind)
        )
        yield from (f"### {title}", "", (ast.get_docstring(node) or "").partition("\n\n")[0], "")
        yield from (*_table(("key", "value", "default", "meaning"), rows), "")


def _in_toml(meaning: str) -> str:
    """A field's docstring in the words of the file: it has neither `None` nor classes."""
    words = {
        "`None`:": "Left out:",
        "`DataSource.source`": "`source` of `[[data]]`",
        "names in `LOSSES`": "names below",
    }
    for python, toml in words.items():
        meaning = meaning.replace(python, toml)
    return meaning


def _toml_type(kind: object) -> str:
    """How a person calls the values of a key: `integer`, `2 numbers`."""
    plain: dict[object, str] = {str: "text", int: "integer", float: "number", bool: "`true`, `false`"}
    if kind in plain:
        return plain[kind]
    parts = [part for part in get_args(kind) if part is not type(None)]
    if get_origin(kind) is Literal:
        return ", ".join(f'`"{part}"`' for part in parts)
    if get_origin(kind) is UnionType:
        return _toml_type(parts[0])
    if get_origin(kind) is tuple:
        return "tables, below" if Ellipsis in parts else f"{len(parts)} {_toml_type(parts[0])}s"
    return "table, below" if dataclasses.is_dataclass(kind) else "table of numbers"


def _toml_default(key: dataclasses.Field[Any]) -> str:
    """The default of a key as it would stand in the file."""
    value = key.default if key.default_factory is dataclasses.MISSING else key.default_factory()
    if value is dataclasses.MISSING:
        return "needed"
    if value is None:
        return ""
    if isinstance(value, dict):
        table = cast("dict[str, float]", value)
        return f"`{{ {', '.join(f'{name} = {each}' for name, each in table.items())} }}`"
    return f"`{json.dumps(value)}`"


def _losses() -> Iterator[str]:
    said = {name: (inspect.getdoc(loss) or "").partition("\n")[0] for name, loss in LOSSES.items()}
    said["l1"] = "Mean absolute difference (`torch.nn.functional.l1_loss`)."  # its own text changes with torch
    yield from _table(("loss", "what it is"), ([f"`{name}`", text] for name, text in said.items()))


def _table_of(folder: str, *options: str) -> Iterator[str]:
    """What `restorebench table` prints of a folder below `docs/data`."""
    yield from _fenced(_printed("table", str(DATA / folder), *options))


def _means_of(*folders: str) -> Iterator[str]:
    """What `restorebench run` prints of some run folders below `docs/data` when it has finished."""
    found = [run for folder in folders for run in runs.find_runs(DATA / folder)]
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()):
        show_runs(found, DATA)
    yield from _fenced(printed.getvalue())


def _quickstart() -> Iterator[str]:
    for dataset, models in STUDIES.items():
        yield from (*_means_of(*(f"quickstart/{dataset}/{runs.cell_name(model)}" for model in models)), "")


def _few_images() -> Iterator[str]:
    """False alarms by method, as `tests/performance/few_images.py --write` counted them."""
    found = json.loads((DATA / "few_images.json").read_text(encoding="utf-8"))
    methods = list(found["rows"][0]["methods"])
    runs, error = found["runs"], 100 * (0.025 * 0.975 / found["runs"]) ** 0.5
    yield from (f"False alarms in %, nominally 2.5; {runs} simulated runs (standard error {error:.1f}):", "")
    rows = (
        [
            row["differences"],
            str(row["images"]),
            *(f"{100 * row['methods'][name][0]:.1f}" for name in methods),
            f"{row['methods']['used'][2]:.2f}",
        ]
        for row in found["rows"]
    )
    yield from _table(("differences", "images", *methods, "width of used over Student's"), rows)


def _coverage() -> Iterator[str]:
    """Coverage by design, as `tests/performance/calibration.py --write` counted it."""
    found = json.loads((DATA / "calibration.json").read_text(encoding="utf-8"))
    methods = list(found["coverage"][0]["held"])
    error = 100 * (0.05 * 0.95 / found["runs"]) ** 0.5
    yield from (f"Intervals that hold the truth in %, {found['runs']} runs (standard error {error:.1f}):", "")
    rows = (
        [row["design"], f"{row['skewness']:g}", *(f"{100 * row['held'][name]:.1f}" for name in methods)]
        for row in found["coverage"]
    )
    yield from _table(("design", "skewness of the differences", *methods), rows)


def _answers() -> Iterator[str]:
    """What the gate answers, as `tests/performance/calibration.py --write` counted it."""
    found = json.loads((DATA / "calibration.json").read_text(encoding="utf-8"))
    yield from (f"Fail / ambiguous / pass in %, 100 images on Rain100H's 91 backgrounds, {found['runs']} runs:", "")
    rows = (
        [row["spread"], f"{row['deviation']:.3f}", f"{row['allowed']:g}", *row["shares"]] for row in found["answers"]
    )
    yield from _table(("differences of", "sd, dB", "allowed", "no change", "drop as allowed", "twice as much"), rows)


def _uncertainty() -> Iterator[str]:
    """Actual against predicted errors of OPIR-nano, as `tests/performance/uncertainty.py --write` measured them."""
    found = json.loads((DATA / "uncertainty.json").read_text(encoding="utf-8"))
    count = len(next(iter(found.values()))["bins"])
    rows = (
        [
            f"{index + 1} of {count}",
            *(f"{each['bins'][index][side]:.3f}" for each in found.values() for side in ("predicted", "actual")),
        ]
        for index in range(count)
    )
    head = (f"{task}, {side}" for task in found for side in ("predicted", "actual"))
    yield from _table(("tenth of the pixels", *head), rows)
    said = (f"{task} {each['ratio']:.2f} ({each['error']:.2f})" for task, each in found.items())
    yield from ("", f"Actual over predicted error, and in brackets the calibration error: {', '.join(said)}.")


def _fenced(printed: str) -> Iterator[str]:
    lines = [line.rstrip() for line in printed.rstrip().splitlines()]
    yield from ("```", *(lines if lines[0] else lines[1:]), "```")


def _printed(*words: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()):
        main(list(words))
    return printed.getvalue()


def _listed(command: str) -> list[dict[str, Any]]:
    """What `restorebench COMMAND --json` prints."""
    return json.loads(_printed(command, "--json"))


def _fields(module: ModuleType, classes: tuple[str, ...]) -> Iterator[str]:
    for name in classes:
        (node,) = ast.parse(inspect.getsource(getattr(module, name))).body
        if isinstance(node, ast.ClassDef):
            yield from (f"### {name}", "", (ast.get_docstring(node) or "").partition("\n\n")[0], "")
            yield from (*_table(("field", "type", "meaning"), _documented(node)), "")


def _documented(node: ast.ClassDef) -> Iterator[list[str]]:
    """Field, type and the docstring under it."""
    for field, below in zip(node.body, [*node.body[1:], ast.Pass()], strict=True):
        if isinstance(field, ast.AnnAssign):
            said = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
            kind = ast.unparse(field.annotation).strip("'\"")
            yield [f"`{ast.unparse(field.target)}`", f"`{kind}`", " ".join(inspect.cleandoc(str(said)).split())]


def _table(head: tuple[str, ...], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        cells = (cell.replace("|", "\\|") for cell in row)
        yield f"| {' | '.join(cells)} |"


def _anchor(title: str) -> str:
    return re.sub(r"[^\w-]", "", title.lower())


def _explained(*claimed: str) -> Iterator[str]:
    """What `restorebench explain` prints of PReNet's run on Rain100H."""
    lines = _printed("explain", str(DATA / "explained/rain100h/prenet"), "--claimed", *claimed).splitlines()
    yield from _fenced(
        "\n".join(textwrap.fill(line, 140) if number == 0 else line for number, line in enumerate(lines))
    )


def _conventions() -> Iterator[str]:
    """PReNet's outputs on Rain100H by every protocol that their 8-bit images can be measured by."""
    run = runs.load_run(DATA / "explained/rain100h/prenet")
    (*views,) = searched_views(stored_measurements(run) or Measurements(Images((), ()), {})).views
    for_each = ((name, view, forms) for view in views for name, forms in view.protocols.items())
    place = {name: index for index, name in enumerate(PROTOCOLS)}
    rows: list[list[str]] = []
    for name, view, forms in sorted(for_each, key=lambda each: place[each[0]]):
        psnr, ssim = (
            next((reading for reading in view.readings[metric] if reading.form == forms[metric]), None)
            for metric in ("psnr", "ssim")
        )
        words = "; ".join(filter(None, (view.words, ssim.words if ssim else "")))
        values = [f"{psnr.values.mean():.3f}" if psnr else "", f"{ssim.values.mean():.4f}" if ssim else ""]
        rows.append([f"`{name}`", *values, words])
    yield from _table(("protocol", "PSNR", "SSIM", "what it measures"), iter(rows))


WRITERS: dict[str, Callable[[], Iterator[str]]] = {
    "commands": _commands,
    "exit codes": _exit_codes,
    "verified Rain100H": _verified,
    "interruption": _interrupted,
    "suite of init": _files_of_init,
    "protocols": _protocols,
    "metrics": _metrics,
    "data sets": _datasets,
    "models": _models,
    "names": _names,
    "recipe": _recipe_keys,
    "losses": _losses,
    "quickstart": _quickstart,
    "table of PReNet": lambda: _table_of("rain100h/prenet", "--metric", "psnr", "ssim"),
    "table of Rain100H": lambda: _table_of("rain100h", "--metric", "psnr", "ssim"),
    "few images": _few_images,
    "uncertainty": _uncertainty,
    "coverage": _coverage,
    "answers": _answers,
    "explained RGB": lambda: _explained("psnr=28.05", "ssim=0.884"),
    "explained Rain13K": lambda: _explained("psnr=26.77", "ssim=0.858"),
    "conventions": _conventions,
    "means of PReNet": lambda: _means_of("rain100h/prenet"),
    "means of mine": lambda: _means_of("rain100h/identity", "rain100h/mine.py-build"),
}
"""Part to what writes it, for the parts that are no dataclasses."""

if __name__ == "__main__":
    for stale in pages():
        stale.write_text(generated(stale), encoding="utf-8")
