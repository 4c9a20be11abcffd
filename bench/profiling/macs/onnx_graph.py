"""MACs of an ONNX graph, operator by operator, by the conventions that count torch's operators.

Shapes are inferred for the size that is asked. Where they depend on values that the graph computes, such as the
bounds of a slice, ONNX Runtime computes those once.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import CheckpointError, MissingDependencyError, RestorationError
from ...models.exported.sizes import FixedSize
from .categories import Category, Status
from .onnx_formulas import FORMULAS, FREE, Node, Shape
from .records import OperatorMacs

__all__ = ["GraphMacs", "graph_macs"]


@dataclass(frozen=True, slots=True)
class GraphMacs:
    """The cost of one run of a graph."""

    operators: tuple[OperatorMacs, ...]
    params: int
    """Numbers in its floating-point constants."""

    transposed_excess: float
    """See `formulas.transposed_excess`."""


def graph_macs(path: Path, shape: Shape, size: FixedSize | None) -> GraphMacs:
    """Count one run of a graph on images of this shape.

    Raises:
        MissingDependencyError: the library onnx is not installed.
        CheckpointError: the graph cannot be read.
        RestorationError: it does not take images of this shape.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingDependencyError("Counting the MACs of an ONNX graph", "onnx", "onnx") from error
    from google.protobuf.message import DecodeError

    if size is not None:
        size.check(shape)
    try:
        model: Any = onnx.load(str(path))  # pyright: ignore[reportUnknownMemberType] -- its PathLike has no type
    except (DecodeError, ValueError, OSError) as error:
        raise CheckpointError(f"{path} is damaged or no ONNX graph: export it again.") from error
    if model.functions:
        from onnx import inliner

        model = inliner.inline_local_functions(model)
    params = _params(model)
    _fix(model, shape)
    shapes = _shapes(_with_values(model, shape))
    return _counted(model, shapes, params)


def _counted(model: Any, shapes: Mapping[str, Shape], params: int) -> GraphMacs:
    calls: defaultdict[str, int] = defaultdict(int)
    status: dict[str, Status] = {}
    macs: defaultdict[str, defaultdict[Category, float]] = defaultdict(lambda: defaultdict(float))
    excess = 0.0
    for node in model.graph.node:
        name = f"{node.domain}::{node.op_type}" if node.domain not in ("", "ai.onnx") else f"onnx::{node.op_type}"
        calls[name] += 1
        if name.removeprefix("onnx::") in FREE:
            status.setdefault(name, "free")
            continue
        seen = _node(node, shapes)
        formula = FORMULAS.get(name.removeprefix("onnx::"))
        if formula is None or seen is None:
            status[name] = "unknown"
            continue
        status.setdefault(name, "counted")
        for kind, amount in formula(seen).items():
            macs[name][kind] += amount
        if node.op_type == "ConvTranspose":
            excess += (seen.elements / seen.output[1] / math.prod(seen.inputs[0][2:]) / seen.output[0] - 1) * (
                math.prod(seen.inputs[0]) * math.prod(seen.inputs[1][1:])
            )
    rows = [OperatorMacs(name, status[name], calls[name], dict(macs[name])) for name in calls]
    return GraphMacs(tuple(rows), params, excess)


def _node(node: Any, shapes: Mapping[str, Shape]) -> Node | None:
    """With shapes; `None` if one is not known."""
    import onnx

    inputs = [shapes.get(name) if name else () for name in node.input]
    output = shapes.get(node.output[0])
    if output is None or any(shape is None for shape in inputs):
        return None
    attributes = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    return Node(tuple(shape or () for shape in inputs), output, attributes)


def _fix(model: Any, shape: Shape) -> None:
    """Set the size of the input and forget what the exporter said of the others."""
    constants = {tensor.name for tensor in model.graph.initializer}
    (image,) = [each for each in model.graph.input if each.name not in constants]
    for dimension, side in zip(image.type.tensor_type.shape.dim, shape, strict=True):
        dimension.Clear()
        dimension.dim_value = side
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")


def _shapes(model: Any) -> dict[str, Shape]:
    import onnx

    try:
        graph: Any = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    except onnx.shape_inference.InferenceError as error:
        reason = (str(error).splitlines() or [""])[0][:200]
        raise RestorationError(f"The shapes of the ONNX graph cannot be inferred: {reason}.") from error
    found: dict[str, Shape] = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        if value.type.tensor_type.HasField("shape"):
            sides = [
                side.dim_value if side.HasField("dim_value") else None for side in value.type.tensor_type.shape.dim
            ]
            if None not in sides:
                found[value.name] = tuple(side for side in sides if side is not None)
    return found


def _with_values(model: Any, shape: Shape) -> Any:
    """A copy in which every value that decides a shape is a constant."""
    import onnx

    constants = {tensor.name for tensor in model.graph.initializer}
    constants |= {node.output[0] for node in model.graph.node if node.op_type == "Constant"}
    wanted = {
        name
        for node in model.graph.node
        for place, name in enumerate(node.input)
        if name and name not in constants and place in SHAPED_BY.get(node.op_type, ())
    }
    if not wanted:
        return model
    probe, copy = onnx.ModelProto(), onnx.ModelProto()
    probe.CopyFrom(model)
    copy.CopyFrom(model)
    del probe.graph.output[:]
    for name in sorted(wanted):
        probe.graph.output.append(onnx.ValueInfoProto(name=name))
    values = _run(probe, sorted(wanted), shape)
    for name, value in values.items():
        copy.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(value), f"{name}/value"))
    for node in copy.graph.node:
        for place in SHAPED_BY.get(node.op_type, ()):
            if place < len(node.input) and node.input[place] in values:
                node.input[place] = f"{node.input[place]}/value"
    return copy


def _run(model: Any, names: Sequence[str], shape: Shape) -> dict[str, Any]:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingDependencyError("Counting the MACs of an ONNX graph", "onnxruntime", "onnx") from error
    from ...models.exported.onnx import FLOATS

    runtime: Any = onnxruntime
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        image = session.get_inputs()[0]
        outputs = session.run(list(names), {image.name: np.zeros(shape, FLOATS[image.type])})
    except Exception as error:  # its exceptions have no common class
        reason = (str(error).strip().splitlines() or [""])[-1][:200]
        raise RestorationError(f"ONNX Runtime failed on {shape[-1]}x{shape[-2]}: {reason}.") from error
    return dict(zip(names, outputs, strict=True))


def _params(model: Any) -> int:
    floating = {1, 10, 11, 16}  # FLOAT, FLOAT16, DOUBLE, BFLOAT16 of TensorProto
    return sum(math.prod(tensor.dims) for tensor in model.graph.initializer if tensor.data_type in floating)


SHAPED_BY: Mapping[str, tuple[int, ...]] = {
    "Slice": (1, 2, 3, 4),
    "Reshape": (1,),
    "Resize": (1, 2, 3),
    "Expand": (1,),
    "Pad": (1, 3),
    "Tile": (1,),
    "ConstantOfShape": (0,),
    "Range": (0, 1, 2),
    "Unsqueeze": (1,),
    "Squeeze": (1,),
    "Split": (1,),
    "ReduceMean": (1,),
    "ReduceSum": (1,),
    "ReduceMax": (1,),
    "ReduceMin": (1,),
    "TopK": (1,),
    "OneHot": (1,),
    "CenterCropPad": (1,),
    "DFT": (1, 2),
    "Upsample": (1,),
}
"""Inputs whose values, not only their shapes, decide the shape of an output."""
