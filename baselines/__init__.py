"""Models, one short file per architecture, and the catalogue of their names."""

from __future__ import annotations

__all__ = ["MODELS"]

MODELS: dict[str, str] = {
    "dmphn": "restorebench.baselines.dmphn:dmphn",
    "fftformer": "restorebench.baselines.fftformer:fftformer",
    "fftformer-nano": "restorebench.baselines.fftformer:fftformer_nano",
    "identity": "restorebench.baselines.identity:identity",
    "irsde-deblur": "restorebench.baselines.irsde:irsde_deblur",
    "irsde-derain": "restorebench.baselines.irsde:irsde_derain",
    "irsde-nano": "restorebench.baselines.irsde:irsde_nano",
    "median": "restorebench.baselines.classical:median",
    "nafnet-nano": "restorebench.baselines.nafnet:nafnet_nano",
    "nafnet-width32": "restorebench.baselines.nafnet:nafnet_width32",
    "nafnet-width32-notlc": "restorebench.baselines.nafnet:nafnet_width32_notlc",
    "nafnet-width64": "restorebench.baselines.nafnet:nafnet_width64",
    "nafnet-width64-notlc": "restorebench.baselines.nafnet:nafnet_width64_notlc",
    "opir": "restorebench.baselines.opir:opir",
    "opir-nano": "restorebench.baselines.opir:opir_nano",
    "prenet": "restorebench.baselines.prenet:prenet",
    "prenet-gru": "restorebench.baselines.prenet:prenet_gru",
    "prenet-lstm": "restorebench.baselines.prenet:prenet_lstm",
    "prenet-x": "restorebench.baselines.prenet:prenet_x",
    "prenet_r": "restorebench.baselines.prenet:prenet_r",
    "prn": "restorebench.baselines.prenet:prn",
    "prn_r": "restorebench.baselines.prenet:prn_r",
    "refusion": "restorebench.baselines.irsde:refusion",
    "restormer": "restorebench.baselines.restormer:restormer",
    "restormer-derain": "restorebench.baselines.restormer:restormer_derain",
    "restormer-nano": "restorebench.baselines.restormer:restormer_nano",
    "richardson-lucy": "restorebench.baselines.classical:richardson_lucy",
    "spandrel": "restorebench.baselines.spandrel_model:spandrel",
    "stripformer": "restorebench.baselines.stripformer:stripformer",
    "stripformer-nano": "restorebench.baselines.stripformer:stripformer_nano",
    "stripformer-realblur": "restorebench.baselines.stripformer:stripformer_realblur",
    "tv": "restorebench.baselines.classical:tv",
    "unsharp": "restorebench.baselines.classical:unsharp",
    "wiener": "restorebench.baselines.classical:wiener",
}
"""Model name to `module:attribute`; one line per model."""
