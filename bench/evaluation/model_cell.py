"""The cell that a loaded model makes with a data set and a protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..contracts import ImageForm, InferenceSettings, JsonValue, ModelCard, PairedDataset, QuantiserName
from ..errors import UsageError
from ..files.codec import encode
from ..metrics.metric import Metric
from ..models.inference import Seeded
from ..models.preparation import dtype_name, network_dtype
from ..protocols.protocol import Protocol, get_protocol
from ..runs.plan import Plan, plan_settings
from ..runs.run import WeightsFacts
from .cell import Cell

if TYPE_CHECKING:
    from ..models.entries import LoadedModel


__all__ = ["metric_settings", "model_cell", "protocol_for"]


def model_cell(
    loaded: LoadedModel,
    inference: InferenceSettings,
    dataset: PairedDataset,
    protocol: str | Protocol | None,
    *,
    quantiser: QuantiserName | None,
    dataset_name: str,
    model_options: Mapping[str, JsonValue] | None = None,
    metrics: Sequence[Metric] = (),
) -> Cell:
    """The cell of a loaded model on a data set; `model_options` are those that its name does not tell."""
    chosen = protocol_for(protocol, dataset, metrics)
    stochastic = loaded.card.stochastic or isinstance(loaded.network, Seeded)
    settings = plan_settings(inference, stochastic=stochastic) | _network_facts(loaded) | metric_settings(chosen)
    settings |= loaded.code.settings()
    if model_options:
        settings["model_options"] = dict(model_options)
    rounding = _quantiser(chosen, loaded.card, quantiser)
    listing = dataset.report.listing_sha256
    return Cell(
        plan=Plan(loaded.name, loaded.weights_sha256, dataset_name, listing, chosen.id, rounding, settings),
        dataset=dataset,
        card=loaded.card,
        weights=WeightsFacts("" if loaded.weights is None else str(loaded.weights), loaded.weights_sha256),
        protocol=chosen,
        quantiser=rounding,
        device=inference.device,
        if_random=plan_settings(inference, stochastic=True),
    )


def _network_facts(loaded: LoadedModel) -> dict[str, JsonValue]:
    """What decides numbers and is not in the name: the network's own arithmetic, and the form of its images."""
    facts: dict[str, JsonValue] = {}
    dtype = network_dtype(loaded.network)
    if dtype_name(dtype) != "float32":
        facts["network_dtype"] = dtype_name(dtype)
    if loaded.card.images != ImageForm():
        facts["images"] = encode(loaded.card.images)
    return facts


def protocol_for(protocol: str | Protocol | None, dataset: PairedDataset, metrics: Sequence[Metric] = ()) -> Protocol:
    """The protocol that was asked for, or the one that papers use on the data set, with the metrics added to it.

    Raises:
        UnknownNameError: there is no such protocol.
        UsageError: a metric cannot be added to it, nothing is measured, or the data set has no targets and a metric
            needs them.
    """
    if protocol is None:
        protocol = dataset.card.default_protocol
    chosen = get_protocol(protocol) if isinstance(protocol, str) else protocol
    chosen = chosen.with_metrics(metrics)
    if not chosen.metrics:
        raise UsageError(f"{chosen.id} measures nothing by itself: add a metric, such as --metric niqe.")
    if chosen.needs_target and not dataset.card.has_targets:
        needing = next(metric.title for metric in chosen.measured if metric.needs_target)
        raise UsageError(
            f"{dataset.card.name} has no targets, which {needing} needs: use the protocol no-target@1 and metrics that"
            " `restorebench metrics` lists as not needing one, such as --metric niqe."
        )
    return chosen


def metric_settings(protocol: Protocol) -> dict[str, JsonValue]:
    """The part of a plan that says which metrics were added to the protocol, and by which code."""
    return {f"metric {metric.name}": metric.code_sha256 for metric in protocol.added}


def _quantiser(protocol: Protocol, card: ModelCard, asked: QuantiserName | None) -> QuantiserName:
    """A protocol that scores the float output quantises nothing; otherwise the model's official save decides."""
    if protocol.quantiser == "none":
        return "none"
    return asked or card.quantiser or protocol.quantiser
