"""Tables of the fields of dataclasses, from the docstrings under them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import partial
from types import ModuleType

from restorebench.bench import contracts
from restorebench.bench.contracts import citations
from restorebench.bench.machine import environment
from restorebench.bench.metrics import metric
from restorebench.bench.runs import info, plan, records, summary

from .markdown import table

FIELDS: dict[str, tuple[ModuleType, tuple[str, ...]]] = {
    "plan": (plan, ("Plan",)),
    "run": (info, ("RunInfo", "WeightsFacts", "ProtocolFacts", "Measurement")),
    "metric facts": (metric, ("MetricFacts",)),
    "summary": (summary, ("Summary", "MetricSummary")),
    "cards": (
        contracts,
        ("DatasetCard", "DatasetReport", "ModelCard", "SizeRequirements", "Checkpoint", "PublishedResult"),
    ),
    "citation": (citations, ("Citation",)),
    "environment": (environment, ("Environment",)),
    "record": (records, ("ScoreRecord", "ProtocolScores")),
    "alignment": (contracts, ("AlignmentFacts",)),
}
"""Part of run-folder.md to the dataclasses that it shows."""


def _fields(module: ModuleType, classes: tuple[str, ...]) -> Iterator[str]:
    for name in classes:
        (node,) = ast.parse(inspect.getsource(getattr(module, name))).body
        if isinstance(node, ast.ClassDef):
            yield from (f"### {name}", "", (ast.get_docstring(node) or "").partition("\n\n")[0], "")
            yield from (*table(("field", "type", "meaning"), documented(node)), "")


def documented(node: ast.ClassDef) -> Iterator[list[str]]:
    """Field, type and the docstring under it."""
    for field, below in zip(node.body, [*node.body[1:], ast.Pass()], strict=True):
        if isinstance(field, ast.AnnAssign):
            said = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
            kind = ast.unparse(field.annotation).strip("'\"")
            yield [f"`{ast.unparse(field.target)}`", f"`{kind}`", " ".join(inspect.cleandoc(str(said)).split())]


WRITERS = {name: partial(_fields, *where) for name, where in FIELDS.items()}
