"""Named, versioned evaluation protocols: what stands beside every number.

A protocol is a frozen value; `prepare()` makes a `Scorer` of it, which does the work. The catalogue is in
`catalogue.py`; one of your own is a `Protocol(...)` given to `register_protocol`, or named by an entry point
of the group `restorebench.protocols`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from ..contracts import JsonValue, QuantiserName
from ..errors import UnknownNameError, UsageError
from ..metrics.alignment import ALIGNMENTS, AlignmentName
from ..metrics.catalogue import LPIPS, MEASURED, PSNR, SSIM
from ..metrics.colour import COLOURS, Colour
from ..metrics.gain import GAINS, GainRule
from ..metrics.lpips import LpipsSpec
from ..metrics.metric import Metric, MetricFacts
from ..metrics.psnr import PsnrSpec
from ..metrics.quantise import QUANTISERS
from ..metrics.scored_pair import PEAKS, PeakRule
from ..metrics.ssim_spec import SsimSpec
from ..registry.registry import Registry, is_user_file
from ..terminal.panels import Panel, Shown
from .inputs import INPUTS, InputRule

if TYPE_CHECKING:
    import pandas as pd

    from ..metrics.images import ImageLike
    from ..metrics.kept_features import KeptFeatures
    from .scorer import Scorer

__all__ = ["PROTOCOLS", "AlignmentName", "Protocol", "Source", "get_protocol", "measures_alike", "register_protocol"]


@dataclass(frozen=True, slots=True)
class Source:
    """The official script that a protocol reproduces."""

    repository: str
    """`owner/name`; `""` where there is none."""

    path: str
    """Of the script in the repository."""

    used_for: str = ""
    """Whose published numbers it made."""

    def __str__(self) -> str:
        return f"{self.repository} {self.path}".strip()


@dataclass(frozen=True, slots=True, repr=False)
class Protocol(Shown):
    """How a restored image is compared with its target, completely."""

    name: str
    version: int
    title: str
    source: Source
    input: InputRule = field(default="whole", kw_only=True)
    """What the evaluation does to the degraded image and the target before the network runs."""

    gain: GainRule = field(default="none", kw_only=True)
    """Whether the restored image is scaled to the brightness of its target, which no method knows.

    Only without a quantiser.
    """

    quantiser: QuantiserName = "half-even"
    """How a float output becomes 8-bit. `none`: the float itself is scored, and no override applies."""

    clamp: bool = True
    """Whether an unquantised output is clamped to [0, 1]; quantised ones always are."""

    colour: Colour = "rgb"
    crop: int = 0
    """Pixels removed on each side before PSNR and SSIM."""

    alignment: AlignmentName = "none"
    peak: PeakRule = "fixed"
    psnr: PsnrSpec | None = field(default_factory=PsnrSpec)
    """`None`: there is no target."""

    ssim: SsimSpec | None = None
    """`None`: the source has no SSIM that could be reproduced."""

    lpips: LpipsSpec | None = field(default_factory=LpipsSpec)
    notes: tuple[str, ...] = ()
    """How it differs from its neighbours, and what to beware of; one sentence each."""

    added: tuple[Metric, ...] = ()
    """Metrics that somebody measures besides the protocol's own; see `with_metrics`."""

    def __post_init__(self) -> None:
        if self.gain != "none" and self.quantiser != "none":
            raise UsageError(f"{self.id} scales the float output to its target: give it quantiser='none'.")

    @property
    def id(self) -> str:
        """`gopro@1`: what stands beside every number."""
        return f"{self.name}@{self.version}"

    def to_dataframe(self) -> pd.DataFrame:
        """One row per metric: title, direction, unit, and the formula in words."""
        import pandas as pd

        formulas = self.formulas
        names = ("metric", "title", "higher_is_better", "unit", "formula")
        rows = [
            (metric.name, metric.title, metric.higher_is_better, metric.unit, formulas.get(metric.name, ""))
            for metric in self.measured
        ]
        return pd.DataFrame(rows, columns=list(names))

    def _panel(self) -> Panel:
        formulas = self.formulas
        titles = ", ".join(metric.title for metric in self.measured)
        rows = [(metric.heading, formulas.get(metric.name, "")) for metric in self.measured]
        source = (f"Reproduces {self.source}.",) if str(self.source) else ()
        return Panel(
            f"Protocol: {self.id}, {self.title}: {titles}", ("metric", "formula"), rows, (*source, *self.notes)
        )

    @property
    def measured(self) -> Mapping[Metric, PsnrSpec | SsimSpec | LpipsSpec | None]:
        """Every metric with its parameters, in the order of all tables; `None` for one that has none."""
        own = {PSNR: self.psnr, SSIM: self.ssim, LPIPS: self.lpips}
        return {metric: spec for metric, spec in own.items() if spec is not None} | dict.fromkeys(self.added)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics that are measured."""
        return tuple(metric.name for metric in self.measured)

    @property
    def needs_target(self) -> bool:
        """Whether any of its metrics compares with a target."""
        return any(metric.needs_target for metric in self.measured)

    @property
    def metric_facts(self) -> dict[str, MetricFacts]:
        """What a reader of the numbers must know of each metric, by its name."""
        return {metric.name: metric.facts for metric in self.measured}

    def with_metrics(self, metrics: Sequence[Metric]) -> Protocol:
        """The same protocol, which measures more; its own metrics may be named again.

        Raises:
            UsageError: a metric has the name of one of the protocol's own, or is one that the protocol's source does
                not have.
        """
        added: list[Metric] = list(self.added)
        for metric in metrics:
            own = MEASURED.get(metric.name)
            if own is None:
                added.append(metric)
            elif metric.prepare is not own.prepare:
                raise UsageError(
                    f"{own.title} is a metric of the protocols: give the metric {metric.name!r} another name."
                )
            elif metric.name not in self.metrics:
                raise UsageError(f"{self.id} has no {own.title}: choose a protocol that has it.")
        return replace(self, added=tuple(added))

    def without_networks(self) -> Protocol:
        """The same protocol without metrics that load weights, for scoring again and again during training."""
        cheap = tuple(metric for metric in self.added if metric.cost == "cheap")
        return replace(self, lpips=None, added=cheap)

    @property
    def infinite_psnr(self) -> Literal["infinite", "finite"]:
        """What an identical pair does to a mean: makes it `infinite`, or the source returns a `finite` value for it."""
        if self.psnr is None:
            return "finite"
        capped = math.isfinite(self.psnr.identical) or self.psnr.mse_offset > 0
        return "finite" if capped else "infinite"

    @property
    def formulas(self) -> dict[str, str]:
        """Metric to the formula in words, made from the values above."""
        eight_bit = self.quantiser != "none" and self.alignment == "none"
        peak = "p" if self.peak == "from-restored" else "255" if eight_bit else "1"
        return {
            metric.name: metric.describe() if spec is None else spec.describe(peak)
            for metric, spec in self.measured.items()
        }

    @property
    def formula(self) -> str:
        """Everything that decides the numbers, one line each."""
        lines = [f"input: {INPUTS[self.input]}"] if self.input != "whole" else []
        lines += [f"quantiser: {self.quantiser}: {QUANTISERS[self.quantiser]}", f"colour: {COLOURS[self.colour]}"]
        if self.quantiser == "none":
            lines.append(f"clamped to [0, 1]: {'yes' if self.clamp else 'no'}")
        if self.gain != "none":
            lines.append(f"gain: {GAINS[self.gain]}")
        lines.append(f"crop: {self.crop} px on each side")
        lines.append(f"alignment: {ALIGNMENTS[self.alignment]}")
        if self.peak == "from-restored":
            lines.append(f"peak p: {PEAKS[self.peak]}")
        return "\n".join([*lines, *(f"{metric}: {text}" for metric, text in self.formulas.items())])

    def prepare(
        self, *, quantiser: QuantiserName | None = None, threads: int = 1, kept: KeptFeatures | None = None
    ) -> Scorer:
        """Load what scoring needs, once.

        Args:
            quantiser: the rule of a model's official save, in place of the protocol's own. Protocols that score the
                float output keep to it.
            threads: for the SSIM of one image; a run that scores images in parallel leaves this at 1.
            kept: features of targets that the scorers of several models share.

        Raises:
            MissingDependencyError: the alignment needs OpenCV, which is not installed.
        """
        from .scorer import Scorer

        return Scorer(self, quantiser=quantiser, threads=threads, kept=kept)

    def score(
        self, restored: ImageLike, target: ImageLike, *, quantiser: QuantiserName | None = None
    ) -> dict[str, float | None]:
        """The metrics of one image; `None` for one that is not defined or not available here.

        Args:
            restored: (H, W, 3) uint8; or float in [0, 1], as an array (H, W, 3) or a tensor (3, H, W) or
                (1, 3, H, W), which the protocol clamps and quantises.
            target: the same, on the 8-bit grid.
            quantiser: as in `prepare`.

        Raises:
            ImageError: the images differ in size, or are not images.

        >>> import numpy as np
        >>> from restorebench.bench.protocols import get_protocol
        >>> grey = np.full((32, 32, 3), 100, np.uint8)
        >>> scores = get_protocol("rgb@1").score(grey, grey + np.uint8(3))
        >>> round(scores["psnr"], 4)
        38.5884
        """
        return dict(self.prepare(quantiser=quantiser).score(restored, target).metrics)

    def to_json(self) -> dict[str, JsonValue]:
        """The protocol as JSON: identity, source, and its formulas."""
        return {
            "id": self.id,
            "title": self.title,
            "source": str(self.source),
            "used_for": self.source.used_for,
            "input": self.input,
            "gain": self.gain,
            "quantiser": self.quantiser,
            "colour": self.colour,
            "crop": self.crop,
            "alignment": self.alignment,
            "metrics": list(self.metrics),
            "infinite_psnr": self.infinite_psnr,
            "formula": self.formula,
            "formulas": dict(self.formulas),
            "notes": list(self.notes),
        }


def register_protocol(protocol: Protocol) -> Protocol:
    """Make a protocol known by its id in this process; returns it, so that it can stand where it is defined."""
    PROTOCOLS.add(protocol.id, protocol)
    return protocol


def get_protocol(name: str) -> Protocol:
    """A protocol by id, or by name for its newest version.

    Args:
        name: `gopro@1`, `gopro`, an alias such as `prenet`, or `./file.py:attribute`.

    Raises:
        UnknownNameError: nothing has this name; the message suggests the nearest ones.
    """
    from .catalogue import ALIASES

    name = ALIASES.get(name, name)
    known = PROTOCOLS.names()
    if name in known or "@" in name or is_user_file(name):
        return PROTOCOLS.get(name)
    ids = [known_id for known_id in known if known_id.partition("@")[0] == name]
    if not ids:
        raise UnknownNameError("protocol", name, {*(known_id.partition("@")[0] for known_id in known), *ALIASES})
    return max((PROTOCOLS.get(known_id) for known_id in ids), key=lambda protocol: protocol.version)


def measures_alike(one: str, other: str, metric: str) -> bool:
    """Whether two versions of a protocol compute a metric in the same way, so that their numbers may be compared.

    Args:
        one: `irsde@1`.
        other: `irsde@2`; a protocol of another name, or one that is not known here, is another measure.
        metric: its name.

    >>> measures_alike("irsde@1", "irsde@2", "psnr"), measures_alike("irsde@1", "irsde@2", "lpips")
    (True, False)
    """
    if one == other:
        return True
    if one.partition("@")[0] != other.partition("@")[0] or not {one, other} <= set(PROTOCOLS.names()):
        return False
    rules = [
        (
            *(known.input, known.gain, known.quantiser, known.clamp, known.colour, known.crop, known.alignment),
            known.peak,
            {each.name: spec for each, spec in known.measured.items()}.get(metric),
        )
        for known in (PROTOCOLS.get(one), PROTOCOLS.get(other))
    ]
    return rules[0] == rules[1]


def _coerce(value: object, name: str) -> Protocol:
    if isinstance(value, Protocol):
        return value
    raise UsageError(f"{name} is not a protocol: it must be a restorebench.bench.protocols.Protocol.")


PROTOCOLS: Registry[Protocol] = Registry(
    "protocol",
    catalogue="restorebench.bench.protocols.catalogue:PROTOCOLS",
    group="restorebench.protocols",
    coerce=_coerce,
)
"""Every known protocol, by id."""
