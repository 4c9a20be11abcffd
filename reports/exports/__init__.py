"""Results in the formats of other places: Hugging Face repositories and the Every Eval Ever database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...bench.registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .every_eval_ever import Evaluator, write_every_eval_ever
    from .hugging_face import Benchmark, parse_benchmarks, write_hugging_face

__all__ = ["Benchmark", "Evaluator", "parse_benchmarks", "write_every_eval_ever", "write_hugging_face"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "every_eval_ever": ("Evaluator", "write_every_eval_ever"),
        "hugging_face": ("Benchmark", "parse_benchmarks", "write_hugging_face"),
    },
)
