"""Models, one short file per architecture, and the catalogue of their names."""

from __future__ import annotations

__all__ = ["MODELS"]

MODELS: dict[str, str] = {
    "dmphn": "restorebench.baselines.dmphn:dmphn",
    "identity": "restorebench.baselines.identity:identity",
    "nafnet-nano": "restorebench.baselines.nafnet:nafnet_nano",
    "nafnet-width32": "restorebench.baselines.nafnet:nafnet_width32",
    "nafnet-width32-notlc": "restorebench.baselines.nafnet:nafnet_width32_notlc",
    "nafnet-width64": "restorebench.baselines.nafnet:nafnet_width64",
    "nafnet-width64-notlc": "restorebench.baselines.nafnet:nafnet_width64_notlc",
    "prenet": "restorebench.baselines.prenet:prenet",
    "prenet-gru": "restorebench.baselines.prenet:prenet_gru",
    "prenet-lstm": "restorebench.baselines.prenet:prenet_lstm",
    "prenet-x": "restorebench.baselines.prenet:prenet_x",
    "prenet_r": "restorebench.baselines.prenet:prenet_r",
    "prn": "restorebench.baselines.prenet:prn",
    "prn_r": "restorebench.baselines.prenet:prn_r",
}
"""Model name to `module:attribute`; one line per model."""
