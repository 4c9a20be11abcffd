"""What a model on a data set needs here: weights, data, packages, memory and time, and the commands that get them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..contracts import DatasetCard
from ..datasets import DATASETS, open_copy
from ..errors import DatasetError, MissingDependencyError, UsageError
from ..models.entries import MODELS, ModelEntry
from ..models.fetchables import Fetchable, find_fetchables
from ..protocols.protocol import get_protocol
from ..registry.specs import Spec, parse_spec
from ..terminal.paths import typed_command
from ..terminal.wording import counted
from .expected_cost import expected_cost

if TYPE_CHECKING:
    from ..contracts import PairedDataset

__all__ = ["Need", "Needs", "State", "needs_of"]

State = Literal["ok", "missing", "unknown"]

ROOT = "FOLDER"
"""Stands in commands for the folder of a data set that is not here yet."""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that is needed, and whether it is here."""

    what: str
    """`weights`, `data set gopro`, `metric lpips`."""

    state: State
    detail: str
    """What is here, or how to get it."""

    commands: tuple[str, ...] = ()
    """To be typed in this order; a line that begins with `#` is for a person to do."""

    required: bool = True
    """Whether nothing can be measured without it."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Everything that a run needs."""

    needs: tuple[Need, ...]
    run: str
    """The command of the run itself."""

    @property
    def ready(self) -> bool:
        """Whether the run can start now."""
        return all(need.state == "ok" for need in self.needs if need.required)

    @property
    def commands(self) -> tuple[str, ...]:
        """What to type, in order; the last is the run."""
        wanted = [line for need in self.needs if need.state != "ok" for line in need.commands]
        return (*dict.fromkeys(wanted), self.run)


def needs_of(model: str, dataset: str, out: Path) -> Needs:
    """Find out what a run needs, without running anything.

    Args:
        model: `NAME` or `NAME=WEIGHTS`, as `run -m` takes it.
        dataset: `NAME` or `NAME=ROOT`.
        out: the folder of earlier results, whose costs tell the time and memory to expect.

    Raises:
        UnknownNameError: there is no such model or data set.
        UsageError: a specification is malformed.
    """
    asked, data = parse_spec(model), parse_spec(dataset)
    card = DATASETS.get(data.name).card
    copy, had = _data(data, card)
    try:
        entry = MODELS.get(asked.name)
    except MissingDependencyError as error:
        return Needs((_package(f"model {asked.name}", error), had), _run(model, dataset))
    written, weights = _weights(asked, entry, card)
    scoring = list(_scoring(card))
    cost = [
        Need(each.what, "ok" if each.known else "unknown", each.detail, each.commands, required=False)
        for each in expected_cost(str(asked), written, copy, out)
    ]
    return Needs((*weights, had, *scoring, *cost), _run(written, dataset if data.path or copy else f"{data}={ROOT}"))


def _run(model: str, dataset: str) -> str:
    return typed_command(["restorebench", "run", "-m", model, "-d", dataset])


def _package(what: str, error: MissingDependencyError, *, required: bool = True) -> Need:
    command = f"pip install 'restorebench[{error.extra}]'"
    return Need(what, "missing", str(error), (command,), required)


def _data(spec: Spec, card: DatasetCard) -> tuple[PairedDataset | None, Need]:
    """The opened copy, if there is one, and what is to be said about it."""
    what = f"data set {spec.name}"
    verify = typed_command(["restorebench", "datasets", "verify", f"{spec}={spec.path or ROOT}"])
    try:
        copy = open_copy(spec)
    except MissingDependencyError as error:
        return None, _package(what, error)
    except DatasetError as error:
        to_get = spec.path is not None and not spec.path.exists()
        return None, Need(what, "missing", str(error), (_download(card), verify) if to_get else (verify,))
    except UsageError:
        if spec.path is not None:
            raise
        return None, Need(what, "missing", card.how_to_get, (_download(card), verify))
    report = copy.report
    variant = f"variant {report.variant}, " if report.variant else ""
    named = f"{variant}{counted(report.found_pairs, 'pair')}"
    partial = f", of {report.expected_pairs}: tables will say so" if report.completeness else ""
    return copy, Need(what, "ok", f"{named}{partial}", (verify,))


def _download(card: DatasetCard) -> str:
    return f"# {card.how_to_get}" + (f" Homepage: {card.homepage}" if card.homepage else "")


def _weights(spec: Spec, entry: ModelEntry, dataset: DatasetCard) -> tuple[str, list[Need]]:
    """How the run names the model, and what is to be said about its weights."""
    name = str(spec)
    if spec.path is not None:
        here = spec.path.exists()
        detail = str(spec.path) if here else f"There is no {spec.path}: check the path after the '='."
        return f"{name}={spec.path}", [Need("weights", "ok" if here else "missing", detail)]
    if entry.shipped_weights is not None and entry.shipped_weights() is not None:
        return name, [Need("weights", "ok", "come with the package")]
    if not entry.card.needs_weights:
        return name, []
    if not entry.card.checkpoints:
        lacking = Need("weights", "missing", f"No official weights are known: write {name}=FILE, or train them.")
        return f"{name}=FILE", [lacking]
    every = find_fetchables(spec.name)
    suited = _suited(every, entry, dataset)
    chosen = next((item for item in suited if item.present), suited[0])
    several = sum(item.present or item is chosen for item in every) > 1
    return f"{name}={chosen.place}" if several else name, [_official(chosen)]


def _suited(items: Sequence[Fetchable], entry: ModelEntry, dataset: DatasetCard) -> list[Fetchable]:
    """The official weights for a data set: those trained on its training data first, all of them if none were."""
    named = {dataset.name.casefold(), dataset.title.casefold()}
    on = dict(zip([item.name for item in items], entry.card.checkpoints, strict=True))
    found = [
        item
        for item in items
        if any(name in f"{on[item.name].name} {on[item.name].trained_on}".casefold() for name in named)
    ]
    return found or list(items)


def _official(item: Fetchable) -> Need:
    licence = f"; licence: {item.licence}" if item.licence else ""
    if item.present:
        return Need("weights", "ok", str(item.place))
    if item.url:
        return Need("weights", "missing", f"{item.title}{licence}", (f"restorebench fetch {item.name}",))
    by_hand = f"{item.by_hand.rstrip('.')}; put the file at {item.place}"
    return Need("weights", "missing", by_hand, (f"# {by_hand}",))


def _scoring(card: DatasetCard) -> Iterator[Need]:
    """The protocol that the data set has by default, and metrics of it that cannot be computed here."""
    try:
        unavailable = get_protocol(card.default_protocol).prepare().unavailable
    except MissingDependencyError as error:
        yield _package(f"protocol {card.default_protocol}", error)
        return
    yield Need(f"protocol {card.default_protocol}", "ok", "the one of papers for this data set")
    for metric, reason in unavailable.items():
        fetch = ("restorebench fetch lpips-alex",) if metric == "lpips" else ()
        yield Need(f"metric {metric}", "missing", reason, fetch, required=False)
