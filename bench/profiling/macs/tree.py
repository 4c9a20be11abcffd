"""MACs by module: as a tree in text, and as a plot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ...errors import UsageError
from ...files.figures import save_figure
from .records import MacCount

__all__ = ["Node", "check_plot", "draw_plot", "module_tree", "tree_lines"]

FORMATS = (".png", ".svg", ".pdf")

SMALLEST = 0.005
"""Share of the whole below which a module is not shown; its work stays in its parent's sum."""


@dataclass(slots=True)
class Node:
    """A module with everything inside it."""

    name: str
    kind: str
    params: int = 0
    own: float = 0.0
    """MACs (`all`) outside any child: functional calls and tensor arithmetic."""

    children: dict[str, Node] = field(default_factory=dict[str, "Node"])

    @property
    def macs(self) -> float:
        """MACs of the module and its children."""
        return self.own + sum(child.macs for child in self.children.values())

    @property
    def all_params(self) -> int:
        """Parameters of the module and its children; shared ones once."""
        return self.params + sum(child.all_params for child in self.children.values())


def module_tree(counted: MacCount, name: str) -> Node:
    """The modules of a count under their parents; `name` is that of the network."""
    nodes: dict[str, Node] = {}
    for module in counted.modules:
        parent, _, own_name = module.path.rpartition(".")
        node = Node(own_name if module.path else name, module.kind, module.params, sum(module.macs.values()))
        nodes[module.path] = node
        if module.path:
            nodes[parent].children[own_name] = node
    return nodes[""]


def tree_lines(root: Node, *, depth: int = 2) -> list[str]:
    """The tree as text: share of the whole, GMACs, parameters.

    Args:
        root: the network.
        depth: levels below the root.
    """
    rows = list(_rows(root, root.macs or 1.0, depth, "", ""))
    width = max(len(label) for label, _ in rows)
    return [f"{label.ljust(width)}  {figures}" for label, figures in rows]


def _rows(node: Node, whole: float, depth: int, indent: str, lead: str) -> Iterator[tuple[str, str]]:
    share = node.macs / whole
    yield f"{lead}{node.name} ({node.kind})", f"{share:6.1%}  {node.macs / 1e9:10.3f} G  {node.all_params / 1e6:8.3f} M"
    if depth == 0:
        return
    shown = [child for child in node.children.values() if child.macs >= SMALLEST * whole]
    for child in shown:
        last = child is shown[-1]
        branch, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _rows(child, whole, depth - 1, indent + below, indent + branch)


def check_plot(path: Path) -> None:
    """Refuse a file for a plot that no format belongs to.

    Raises:
        UsageError: its suffix is none of the formats'.
    """
    if path.suffix.lower() not in FORMATS:
        raise UsageError(f"{path} is not a PNG, SVG or PDF file: choose one of these suffixes.")


def draw_plot(counted: MacCount, name: str, path: Path, *, depth: int = 2) -> None:
    """Draw the modules as nested bars, the network on top and each level below it.

    Args:
        counted: what is drawn.
        name: of the network, for the title.
        path: where the figure goes; its suffix decides the format. Missing folders are created.
        depth: levels below the network.

    Raises:
        UsageError: the suffix is none of the formats'.
        OSError: the file cannot be written.
    """
    check_plot(path)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    root = module_tree(counted, name)
    figure = Figure(figsize=(11, 0.7 * (depth + 1) + 1), layout="constrained")
    FigureCanvasAgg(figure)
    axes = cast("Any", figure).add_subplot()
    _bar(axes, root, 0.0, 0, depth)
    axes.set(xlim=(0, root.macs / 1e9 or 1), ylim=(-depth - 0.5, 0.5), yticks=[], xlabel="GMACs (all)")
    axes.set_title(f"{name}, {counted.height}x{counted.width}: {_by_category(counted.macs)}", fontsize=9)
    save_figure(figure, path)


def _bar(axes: Any, node: Node, left: float, level: int, depth: int) -> None:
    width = node.macs / 1e9
    whole = axes.get_figure().bbox.width
    axes.barh(-level, width, left=left, height=0.9, color=f"C{level}", edgecolor="white", alpha=0.8)
    span = max(axes.get_xlim()[1], width)
    if len(node.name) * 6 < whole * width / span:
        axes.text(left + width / 2, -level, node.name, ha="center", va="center", fontsize=7, clip_on=True)
    if level == depth:
        return
    for child in node.children.values():
        if child.macs >= SMALLEST * node.macs:
            _bar(axes, child, left, level + 1, depth)
        left += child.macs / 1e9


def _by_category(macs: Mapping[Any, float]) -> str:
    return ", ".join(f"{category} {value / 1e9:.2f} G" for category, value in macs.items())
