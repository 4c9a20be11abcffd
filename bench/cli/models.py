"""`restorebench models`: list and show models, and identify weights files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from cyclopts import App, Parameter

from ..evaluation.completers import complete_models
from .common_options import with_verbosity
from .mistakes import explain

if TYPE_CHECKING:
    from torch import Tensor

    from ..contracts import JsonValue, ModelCard, SizeRequirements
    from ..models.entries import ModelEntry

__all__ = ["models"]

WeightsSource = Literal["shipped", "fetch", "by hand", "train", "any file", "none"]
"""Where a model's weights come from; `none` for one that needs none, which tables show as -."""

models = App(name="models", help_format="plaintext", error_formatter=explain)


@models.default
@with_verbosity
def list_models(
    *, task: str | None = None, family: str | None = None, weights: WeightsSource | None = None, json: bool = False
) -> int:
    """List models by family: task, parameters, source of weights, size multiple, inference variant, published results.

    Weights are `shipped` with the package, available with `fetch`, downloaded `by hand`, yours to `train`, `any file`
    that is recognised, or not needed (-).

    For example:
      restorebench models
      restorebench models --task deraining --weights fetch
      restorebench models --json | jq '.[] | select(.task == "deraining") | .name'

    Args:
        task: Only models for this task: deblurring, deraining, desnowing, dehazing, denoising, enhancement (of low
            light) or restoration.
        family: Only models of this family, such as NAFNet, in upper or lower case.
        weights: Only models whose weights come from there; none is for models that need none.
        json: Print every card as JSON.
    """
    from ..contracts import Task
    from ..errors import UnknownNameError
    from ..models.entries import MODELS
    from ..terminal.display import hint, new_table, print_json, print_table

    if task not in {None, *get_args(Task)}:
        raise UnknownNameError("task", str(task), get_args(Task))
    every = [MODELS.get(name) for name in MODELS.names()]
    entries = [
        entry
        for entry in _of_family(every, family)
        if task in {None, entry.card.task}
        and (weights is None or _weights(entry) == ("-" if weights == "none" else weights))
    ]
    if json:
        print_json([_as_json(entry) for entry in entries])
        return 0
    table = new_table(
        "Model",
        "Task",
        "Parameters",
        "Weights",
        "Multiple of",
        "Variant",
        "Published",
        right=["Parameters", "Multiple of"],
    )
    for column in table.columns:
        column.no_wrap = column.header != "Published"
    shown = ""
    for entry in sorted(entries, key=lambda entry: entry.card.family.lower()):
        card = entry.card
        if card.family != shown:
            shown = card.family
            table.add_section()
            table.add_row(f"{shown}:")
        table.add_row(
            card.name,
            card.task,
            _millions(_parameters(entry)),
            _weights(entry),
            str(card.size.multiple_of),
            card.variant,
            _published(card),
        )
    print_table(table, keep=["Model", "Task", "Parameters", "Weights"])
    if not entries:
        hint("No model is all of this: leave out --task, --family or --weights.")
    hint("`restorebench models show NAME` shows where to get its weights; your own model is ./file.py:attribute.")
    return 0


@models.command
@with_verbosity
def show(name: Annotated[str, Parameter(completer=complete_models)], *, json: bool = False) -> int:
    """Show one model: paper, licence, options, checkpoints, published results, notes.

    For example:
      restorebench models show nafnet-width64

    Args:
        name: A registered name, or ./file.py:attribute.
        json: Print the card as JSON.
    """
    from ..models.entries import MODELS
    from ..terminal.display import print_json, print_lines

    entry = MODELS.get(name)
    if json:
        print_json(_as_json(entry))
    else:
        print_lines(list(_described(entry)))
    return 0


@models.command
@with_verbosity
def identify(file: Path, *, weights_key: str | None = None, json: bool = False) -> int:
    """Identify the architecture of a weights file, and whether the file is an official one.

    A file whose hash is known belongs to the model that lists it, whatever else it fits.

    For example:
      restorebench models identify net_latest.pth

    Exit code: 0 if a model fits exactly, 1 if none does, 2 if the file cannot be used.

    Args:
        file: A checkpoint, or the folder of a model with weights in several files.
        weights_key: Network to take from a file that holds several, such as params_ema.
        json: Print every candidate with its missing, unexpected and wrongly shaped keys as JSON.
    """
    from ..files.codec import encode
    from ..models.checkpoints import sha256_file
    from ..models.identify import identify as candidates_of
    from ..models.known_files import known_files
    from ..terminal.display import print_json, print_lines

    candidates = candidates_of(_read(file, weights_key))
    sha256 = sha256_file(file)
    official = known_files(file, sha256)
    fitting = [candidate.model for candidate in candidates if candidate.exact]
    exact = [name for name in fitting if name in {each.model for each in official}] or fitting
    if json:
        listed: list[JsonValue] = [{"model": each.model, "checkpoint": encode(each.checkpoint)} for each in official]
        print_json({"sha256": sha256, "exact": list(exact), "candidates": encode(candidates), "official": listed})
    elif exact:
        known = [f"It is {each.title}, trained on {each.checkpoint.trained_on}." for each in official]
        print_lines([f"{file} contains the weights of {' or '.join(exact)}.", *known])
    elif candidates:
        nearest = " or ".join(candidate.describe() for candidate in candidates[:3])
        print_lines([f"{file} does not match any known model exactly; the nearest is {nearest}."])
    else:
        print_lines([f"{file} does not match any known model, not even approximately."])
    return 0 if exact else 1


@models.command(name="test")
@with_verbosity
def try_contract(
    model: Annotated[str, Parameter(completer=complete_models)], *, device: str = "cpu", json: bool = False
) -> int:
    """Try out what a model must not do: hidden randomness, state between images, changed input, wrong values or sizes.

    A model that needs weights and is given none is tested with random ones. About thirty images of 64x80 pixels are
    restored; of a model that takes minutes for one, test a shorter variant, such as irsde-derain[steps=4].

    For example:
      restorebench models test ./mine.py:build
      restorebench models test 'nafnet-width64=weights.pth' --device cuda

    Exit code: 0 if no check failed, 1 if one did, 2 if the model cannot be opened.

    Args:
        model: NAME[=WEIGHTS] or ./file.py:attribute[=WEIGHTS], with options as in `run`.
        device: cpu, cuda or cuda:N.
        json: Print the results as JSON.
    """
    from ..files.codec import encode
    from ..models.contract_checks import check_spec
    from ..registry.specs import parse_spec
    from ..terminal.display import RunProgress, hint, new_table, print_json, print_table

    report = check_spec(parse_spec(model), device=device, progress=RunProgress("checks"))
    if json:
        print_json(encode(report))
        return int(bool(report.failed))
    table = new_table("Check", "Result", "Why")
    for result in report.results:
        table.add_row(result.name, result.status, result.reason)
    print_table(table)
    if report.weights == "random":
        hint(f"{report.model} was tested with random weights; {report.model}=FILE tests it with those of a file.")
    return int(bool(report.failed))


def _read(path: Path, weights_key: str | None) -> dict[str, Tensor]:
    """Read a checkpoint, or a folder whose weights a registered model can read."""
    from ..errors import CheckpointError
    from ..models.checkpoints import read_checkpoint
    from ..models.entries import MODELS

    if not path.is_dir():
        return read_checkpoint(path, weights_key)
    for name in MODELS.names():
        read_weights = MODELS.get(name).read_weights
        if read_weights is not None:
            try:
                return dict(read_weights(path))
            except CheckpointError:
                continue
    raise CheckpointError(f"{path} is not a folder of weights of any known model: give a weights file.")


def _parameters(entry: ModelEntry) -> int:
    """Count parameters; 0 if only a weights file determines them."""
    from ..models.network_sizes import network_size

    return network_size(entry).parameters


def _millions(parameters: int) -> str:
    return f"{parameters / 1e6:.3f} M" if parameters else "-"


def _of_family(entries: Sequence[ModelEntry], family: str | None) -> list[ModelEntry]:
    """Choose the models of a family.

    Raises:
        UnknownNameError: there is no such family.
    """
    from ..errors import UnknownNameError

    found = [entry for entry in entries if family is None or entry.card.family.lower() == family.lower()]
    if family is not None and not found:
        raise UnknownNameError("family", family, {entry.card.family for entry in entries})
    return found


def _weights(entry: ModelEntry) -> str:
    if entry.shipped_weights is not None and entry.shipped_weights() is not None:
        return "shipped"
    if entry.from_file is not None:
        return "any file"
    if not entry.card.needs_weights:
        return "-"
    if any(checkpoint.url for checkpoint in entry.card.checkpoints):
        return "fetch"
    return "by hand" if entry.card.checkpoints else "train"


def _published(card: ModelCard) -> str:
    """List published results by data set, as in `GoPro PSNR 33.71, SSIM 0.967`."""
    rows: dict[str, list[str]] = {}
    for row in card.published:
        rows.setdefault(row.dataset, []).append(f"{row.metric} {row.value:g}")
    return "; ".join(f"{dataset} {', '.join(values)}" for dataset, values in rows.items())


def _as_json(entry: ModelEntry) -> JsonValue:
    from dataclasses import fields

    from ..files.codec import encode

    return {
        **{field.name: encode(getattr(entry.card, field.name)) for field in fields(entry.card)},
        "parameters": _parameters(entry),
        "weights": _weights(entry),
        "options": {name: encode(default) for name, default in _options(entry)},
    }


def _options(entry: ModelEntry) -> Iterator[tuple[str, object]]:
    import inspect

    for name, parameter in inspect.signature(entry.build).parameters.items():
        if parameter.default is not inspect.Parameter.empty:
            yield name, parameter.default


def _sizes(size: SizeRequirements) -> str:
    """Describe accepted sizes: `any`, or the padding applied."""
    if size.multiple_of == size.minimum == 1:
        return "any"
    return (
        f"padded with {size.padding} to multiples of {size.multiple_of}, at least {max(size.minimum, size.multiple_of)}"
    )


def _described(entry: ModelEntry) -> Iterator[str]:
    card = entry.card
    facts = {
        "Model": f"{card.name} ({card.title})",
        "Task": card.task,
        "Paper": card.reference,
        "Parameters": _millions(_parameters(entry)),
        "Sizes": _sizes(card.size),
        "Variant": card.variant,
        "Saved as": card.quantiser or "left to the protocol",
        "Licence": card.licence,
        "Options": ", ".join(f"{name}={default}" for name, default in _options(entry)),
        "Weights": _weights(entry),
    }
    yield from (f"{label + ':':<12}{value}" for label, value in facts.items() if value)
    for checkpoint in card.checkpoints:
        where = checkpoint.by_hand or checkpoint.url
        digest = f" [sha256 {checkpoint.sha256}]" if checkpoint.sha256 else ""
        options = "".join(f", {name}={value}" for name, value in checkpoint.settings.items())
        yield f"  {checkpoint.name}: trained on {checkpoint.trained_on}{options}. {where}{digest}"
    if card.lookalikes:
        yield f"Lookalikes: {', '.join(card.lookalikes)} (same keys and shapes, other images)"
    for row in card.published:
        yield f"Published:  {row.dataset} {row.metric} {row.value:g} by {row.protocol} ({row.source})"
    yield from (f"Note:       {note}" for note in card.notes)
