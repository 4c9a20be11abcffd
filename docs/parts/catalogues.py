"""Parts about what is registered: protocols, metrics, data sets, models, public names."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from restorebench import bench
from restorebench.baselines import MODELS
from restorebench.bench.datasets import DATASETS as SETS
from restorebench.bench.models.entries import MODELS as MODEL_ENTRIES
from restorebench.bench.protocols.catalogue import ALIASES, PROTOCOLS
from restorebench.datasets import DATASETS

from .markdown import anchor, table
from .printing import listed


def _protocols() -> Iterator[str]:
    known = {each["id"]: each for each in listed("protocols")}
    yield from table(
        ("protocol", "what it is", "reproduces"),
        ([f"[{name}](#{anchor(name)})", known[name]["title"], known[name]["source"]] for name in PROTOCOLS),
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
    known = listed("metrics")
    yield from table(
        ("metric", "what it is", "better", "range", "target"),
        (
            [
                f"[{each['name']}](#{anchor(each['name'])})",
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
    known = {each["name"]: each for each in listed("datasets")}
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
    known = {each["name"]: each for each in listed("models")}
    yield from table(
        ("model", "task", "parameters", "weights", "options", "saved as", "variant"),
        (
            [
                f"[{name}](#{anchor(name)})",
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
    yield from table(("name", "defined in", "what it is"), rows)


WRITERS = {
    "protocols": _protocols,
    "metrics": _metrics,
    "data sets": _datasets,
    "models": _models,
    "names": _names,
}
