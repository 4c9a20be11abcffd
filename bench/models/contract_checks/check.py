"""Run every check of a model's contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from ...contracts import InferenceSettings
from ...errors import CheckpointError, ModelContractError, RestorationError, RestorebenchError
from ...registry.specs import Spec, parse_spec, with_path
from ...terminal.progress import Progress, Silent
from ...terminal.tracebacks import describe_fault
from ..inference import Restorer
from ..loading import RANDOM, as_restorer, open_model
from ..sizes import size_advice
from .conduct import check_input, check_memory, check_output_memory, check_settings, check_train_mode
from .repetition import check_batch, check_order, check_repeatability, check_second_process, check_threads
from .report import CheckResult, ContractReport, failed, not_applicable, passed
from .specimen import Specimen, trial_image
from .values import check_channels, check_dtype, check_range, check_sizes

if TYPE_CHECKING:
    from torch import nn

    from ..loading import WeightsChoice

__all__ = ["check_model", "check_restorer", "check_spec", "open_specimen"]

CHECKS: dict[str, Callable[[Specimen], CheckResult]] = {
    "repeatability": check_repeatability,
    "order": check_order,
    "batch": check_batch,
    "input": check_input,
    "output memory": check_output_memory,
    "train mode": check_train_mode,
    "sizes": check_sizes,
    "threads": check_threads,
    "dtype": check_dtype,
    "process settings": check_settings,
    "memory": check_memory,
    "second process": check_second_process,
    "range": check_range,
    "channels": check_channels,
}


def check_model(
    model: str | Restorer | nn.Module | Callable[..., object], *, weights: str | Path | None = None, device: str = "cpu"
) -> ContractReport:
    """Check a model's contract: the test of a plugin in one line, `check_model(build())`.

    Args:
        model: a name or `./file.py:attribute`, a `Restorer`, a network, or a function of images as in `evaluate`.
        weights: a checkpoint, for a model given by name; one that needs weights is checked with random ones if none
            are given.
        device: `cpu`, `cuda` or `cuda:N`; ignored for a `Restorer`.

    Raises:
        ModelContractError: an AssertionError with the table of all checks, if one failed.
        UsageError: an unknown name, or something that is no model.
    """
    if isinstance(model, str):
        report = check_spec(with_path(parse_spec(model), weights), device=device)
    else:
        report = check_restorer(as_restorer(model, InferenceSettings(device=device)))
    if report.failed:
        raise ModelContractError(str(report))
    return report


def check_spec(spec: Spec, *, device: str = "cpu", progress: Progress | None = None) -> ContractReport:
    """Check a model by its specification; nothing is raised for a failed check.

    Args:
        spec: a model that needs weights and has none is given random ones.
        device: `cpu`, `cuda` or `cuda:N`.
        progress: receives one event for each check.

    Raises:
        UsageError: an unknown name or option, or a file that cannot be imported.
    """
    try:
        specimen = open_specimen(spec, "default", device)
    except CheckpointError:
        if spec.path is not None:
            raise
        specimen = open_specimen(spec, "random", device)
    return _checked(specimen, progress or Silent())


def check_restorer(restorer: Restorer) -> ContractReport:
    """Check a model that exists in this process; nothing is raised for a failed check, and it is not changed."""
    return _checked(Specimen(restorer, trial_image(1), trial_image(2)), Silent())


def open_specimen(spec: Spec, weights: WeightsChoice, device: str) -> Specimen:
    """The model of a specification and the images to try it on; random weights are always the same.

    Raises:
        RestorebenchError: it cannot be opened.
    """
    with torch.random.fork_rng(devices=[]):  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
        if weights == "random":
            torch.manual_seed(0)  # pyright: ignore[reportUnknownMemberType] -- as above
        loaded = open_model(spec, weights=weights)
    restorer = Restorer(loaded.network, loaded.card, InferenceSettings(device=device))
    return Specimen(restorer, trial_image(1), trial_image(2), spec, weights == "random")


def _checked(specimen: Specimen, progress: Progress) -> ContractReport:
    progress.start(f"{specimen.name}: output", 1 + len(CHECKS), 0)
    try:
        results = tuple(_results(specimen, progress))
    finally:
        progress.finish()
    return ContractReport(specimen.name, RANDOM if specimen.random_weights else "", results)


def _results(specimen: Specimen, progress: Progress) -> Iterator[CheckResult]:
    """Whether anything is restored, and if so, the checks of how."""
    output = _first(specimen)
    yield output
    progress.advance()
    for name, check in CHECKS.items():
        if output.status == "failed":
            yield not_applicable(name, "the model restores nothing")
            continue
        progress.rename(f"{specimen.name}: {name}")
        yield _result(name, lambda check=check: check(specimen))
        progress.advance()


def _first(specimen: Specimen) -> CheckResult:
    """Whether the first image is restored, or why it is not."""
    try:
        specimen.fresh()
    except Exception as error:  # noqa: BLE001 -- copying a network may raise anything
        return failed(
            "output",
            f"the network cannot be copied ({describe_fault(error).sentence}), and the checks run copies: let "
            "copy.deepcopy work on it",
        )
    try:
        _ = specimen.reference
    except KeyboardInterrupt:
        raise
    except RestorationError as error:
        return failed("output", str(error))
    except BaseException as error:  # noqa: BLE001 -- a network may raise anything
        fault = describe_fault(error)
        advice = size_advice(specimen.restorer, fault)
        return failed("output", f"the network fails: {fault.sentence}. {advice}".rstrip())
    return passed("output", "one finite image of the size of the input")


def _result(name: str, check: Callable[[], CheckResult]) -> CheckResult:
    """The result of a check; an exception in it is one of the network."""
    try:
        return check()
    except KeyboardInterrupt:
        raise
    except RestorebenchError as error:
        return failed(name, str(error))
    except BaseException as error:  # noqa: BLE001 -- a network may raise anything
        return failed(name, f"the network fails: {describe_fault(error).sentence}.")
