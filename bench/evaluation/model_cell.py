"""The cell that a loaded model makes with a data set and its protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..contracts import ImageForm, InferenceSettings, JsonValue, ModelCard, PairedDataset, QuantiserName
from ..errors import UsageError
from ..files.codec import encode
from ..metrics.metric import Metric
from ..protocols.inputs import INPUTS
from ..protocols.joint import AppliedProtocol
from ..protocols.protocol import Protocol, get_protocol
from ..runs.plan import Plan, plan_settings
from ..runs.run import WeightsFacts
from .cell import Cell

if TYPE_CHECKING:
    from ..models.entries import LoadedModel


__all__ = ["NETWORK_FACTS", "applied_protocols", "metric_settings", "model_cell", "protocols_for"]

NETWORK_FACTS = ("network_dtype", "images")
"""Settings of a plan that follow from the network and its weights."""


def model_cell(
    loaded: LoadedModel,
    inference: InferenceSettings,
    dataset: PairedDataset,
    protocols: Sequence[str | Protocol],
    *,
    quantiser: QuantiserName | None,
    dataset_name: str,
    model_options: Mapping[str, JsonValue] | None = None,
    metrics: Sequence[Metric] = (),
) -> Cell:
    """The cell of a loaded model on a data set, by the protocols that were asked for or the one that papers use.

    Args:
        loaded: the model.
        inference: its settings.
        dataset: to be restored.
        protocols: names or protocols; none for the data set's own.
        quantiser: the 8-bit rounding that was asked for.
        dataset_name: the data set's name with its options.
        model_options: those that the model's name does not tell.
        metrics: measured besides those of the protocols.

    Raises:
        UnknownNameError: there is no such protocol.
        UsageError: a metric cannot be added to one, or a protocol is there twice.
    """
    from ..models.inference import Seeded  # imports torch, which a finished folder does not need

    chosen = protocols_for(protocols, dataset, metrics)
    stochastic = loaded.card.stochastic or isinstance(loaded.network, Seeded)
    settings = plan_settings(inference, stochastic=stochastic) | _network_facts(loaded) | metric_settings(chosen)
    settings |= loaded.code.settings()
    if model_options:
        settings["model_options"] = dict(model_options)
    applied = applied_protocols(chosen, loaded.card, quantiser)
    listing = dataset.report.listing_sha256
    return Cell(
        plan=Plan(
            loaded.name,
            loaded.weights_sha256,
            dataset_name,
            listing,
            applied[0].id,
            applied[0].quantiser,
            settings,
        ),
        dataset=dataset,
        card=loaded.card,
        weights=WeightsFacts("" if loaded.weights is None else str(loaded.weights), loaded.weights_sha256),
        protocols=applied,
        device=inference.device,
        if_random=plan_settings(inference, stochastic=True),
        findings=loaded.findings,
    )


def _network_facts(loaded: LoadedModel) -> dict[str, JsonValue]:
    """What decides numbers and is not in the name: the network's own arithmetic, and the form of its images."""
    from ..models.preparation import dtype_name, network_dtype

    facts: dict[str, JsonValue] = {}
    dtype = network_dtype(loaded.network)
    if dtype_name(dtype) != "float32":
        facts["network_dtype"] = dtype_name(dtype)
    if loaded.card.images != ImageForm():
        facts["images"] = encode(loaded.card.images)
    return facts


def protocols_for(
    protocols: Sequence[str | Protocol], dataset: PairedDataset, metrics: Sequence[Metric] = ()
) -> tuple[Protocol, ...]:
    """The protocols that were asked for, or the one that papers use on the data set, with the metrics added to each.

    Raises:
        UnknownNameError: there is no such protocol.
        UsageError: a metric cannot be added to one, a protocol is there twice or measures nothing, two give the network
            different inputs, or the data set has no targets and a metric needs them.
    """
    named = protocols or (dataset.card.default_protocol,)
    chosen = [(get_protocol(each) if isinstance(each, str) else each).with_metrics(metrics) for each in named]
    names = [each.id for each in chosen]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"The protocol {twice[0]} was asked for twice: name it once.")
    for each in chosen:
        _check_protocol(each, dataset)
        if each.input != chosen[0].input:
            raise UsageError(
                f"{names[0]} and {each.id} give the network different inputs ({INPUTS[chosen[0].input]}; "
                f"{INPUTS[each.input]}): measure by them in two output folders."
            )
    return tuple(chosen)


def _check_protocol(protocol: Protocol, dataset: PairedDataset) -> None:
    """Refuse a protocol that measures nothing, or needs the targets that the data set lacks.

    Raises:
        UsageError: the protocol is one of these.
    """
    if not protocol.metrics:
        raise UsageError(f"{protocol.id} measures nothing by itself: add a metric, such as --metric niqe.")
    if protocol.needs_target and not dataset.card.has_targets:
        needing = next(metric.title for metric in protocol.measured if metric.needs_target)
        raise UsageError(
            f"{dataset.card.name} has no targets, which {needing} needs: use the protocol no-target@1 and metrics that"
            " `restorebench metrics` lists as not needing one, such as --metric niqe."
        )


def metric_settings(protocols: Sequence[Protocol]) -> dict[str, JsonValue]:
    """The part of a plan that says which metrics were added to the protocols, and by which code."""
    return {f"metric {metric.name}": metric.code_sha256 for protocol in protocols for metric in protocol.added}


def applied_protocols(
    protocols: Sequence[Protocol], card: ModelCard, quantiser: QuantiserName | None
) -> tuple[AppliedProtocol, ...]:
    """The protocols with the rounding that is in force for a model, or was asked for."""
    return tuple(AppliedProtocol(each, _quantiser(each, card, quantiser)) for each in protocols)


def _quantiser(protocol: Protocol, card: ModelCard, asked: QuantiserName | None) -> QuantiserName:
    """A protocol that scores the float output quantises nothing; otherwise the model's official save decides."""
    if protocol.quantiser == "none":
        return "none"
    return asked or card.quantiser or protocol.quantiser
