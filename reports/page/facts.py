"""Provenance of the results on a page: protocols, copies of data sets, runs and environments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from ...bench.contracts import JsonValue
from ...bench.machine.environment import Environment
from ...bench.runs.run import Run
from ..board.board import Board, Entry
from .payload import relative_path

__all__ = ["Facts", "copy_facts", "environment_facts", "protocol_facts", "run_facts"]

Facts: TypeAlias = "list[dict[str, JsonValue]]"


def protocol_facts(board: Board) -> Facts:
    """List every protocol with the quantisers used."""
    found: dict[str, dict[str, JsonValue]] = {}
    quantisers: dict[str, list[JsonValue]] = {}
    for entry in _entries(board):
        facts = entry.run.info.protocol
        used = quantisers.setdefault(facts.id, [])
        if facts.quantiser not in used:
            used.append(facts.quantiser)
        found[facts.id] = {
            "id": facts.id,
            "title": facts.title,
            "formula": facts.formula,
            "metrics": list(facts.metrics),
            "quantisers": used,
            "source": facts.source,
        }
    return [found[name] for name in sorted(found)]


def copy_facts(board: Board) -> Facts:
    """List every copy of a data set: identity, completeness, and pixel fingerprints."""
    found: dict[tuple[str, str], dict[str, JsonValue]] = {}
    for entry in _entries(board):
        card, copy = entry.run.info.dataset, entry.run.info.copy
        facts = found.setdefault(
            (card.title, copy.listing_sha256),
            {
                "title": card.title or card.name,
                "found": copy.found_pairs,
                "expected": copy.expected_pairs,
                "partial": not copy.complete,
                "demonstration": card.demonstration,
                "layout": copy.layout,
                "variant": copy.variant,
                "listing": copy.listing_sha256,
                "licence": card.licence,
                "citation": card.citation.text if card.citation else "",
                "warnings": list(copy.warnings),
                "fingerprints": [],
            },
        )
        prints, mine = facts["fingerprints"], entry.summary.pixel_fingerprint
        if isinstance(prints, list) and mine and mine not in prints:
            prints.append(mine)
    return [found[key] for key in sorted(found)]


def environment_facts(board: Board) -> tuple[list[Environment], list[list[tuple[str, str]]]]:
    """List the distinct environments, and each as names and values."""
    found: list[Environment] = []
    for entry in _entries(board):
        for environment in (entry.run.info.environment, *entry.run.info.resumed_in):
            if environment not in found:
                found.append(environment)
    return found, [_lines(environment) for environment in found]


def run_facts(board: Board, environments: Sequence[Environment], folder: Path) -> Facts:
    """List every run with its command, weights, environment and folder."""
    return [
        _run(row.title, board.columns[index].title, entry, environments, folder)
        for index in range(len(board.columns))
        for row in board.rows
        if (entry := row.entries.get(index))
    ]


def _run(
    title: str, dataset: str, entry: Entry, environments: Sequence[Environment], folder: Path
) -> dict[str, JsonValue]:
    run, info, summary = entry.run, entry.run.info, entry.summary
    failed = f", {summary.failed} failed" if summary.failed else ""
    return {
        "title": title,
        "dataset": dataset,
        "protocol": run.protocol,
        "command": info.command,
        "images": f"{summary.images} of {summary.selected}{failed}",
        "weights": info.weights.sha256,
        "trained_on": entry.trained_on,
        "inference": _inference(run),
        "environments": [environments.index(known) + 1 for known in (info.environment, *info.resumed_in)],
        "created": info.created,
        "duplicates": entry.duplicates,
        "folder": f"{run.path.parent.name}/{run.path.name}",
        "href": relative_path(run.path, folder),
    }


def _inference(run: Run) -> str:
    settings = (f"{name} {value}" for name, value in run.info.plan.settings.items() if value is not None)
    return ", ".join((run.info.model.variant, *settings, f"quantiser {run.info.plan.quantiser}"))


def _lines(environment: Environment) -> list[tuple[str, str]]:
    flags = ", ".join(f"{name} {'on' if value else 'off'}" for name, value in environment.flags.items())
    known = [
        ("Device", environment.device_name or environment.device),
        ("Processor", f"{environment.cpu}, {environment.cpu_count} cores"),
        ("System", f"{environment.platform}, Python {environment.python}"),
        ("Packages", ", ".join(f"{name} {version}" for name, version in environment.packages.items())),
        ("Threads", str(environment.threads or "")),
        ("Flags", flags),
        ("Commit", environment.commit),
    ]
    return [(name, value) for name, value in known if value]


def _entries(board: Board) -> list[Entry]:
    return [entry for row in board.rows for entry in row.entries.values()]
