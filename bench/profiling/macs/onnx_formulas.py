"""The cost of each operator of ONNX, by the conventions that count torch's operators."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from .categories import Category
from .formulas import Charge, fft

__all__ = ["FORMULAS", "FREE", "Node", "Shape"]

Shape = Sequence[int]


@dataclass(frozen=True, slots=True)
class Node:
    """One operator of a graph, with shapes."""

    inputs: tuple[Shape, ...]
    output: Shape
    attributes: Mapping[str, Any]

    @property
    def elements(self) -> int:
        """Of the first output."""
        return math.prod(self.output)


def _conv(node: Node) -> Charge:
    return {"conv": node.elements * math.prod(node.inputs[1][1:]), **_bias(node)}


def _transposed(node: Node) -> Charge:
    return {"conv": math.prod(node.inputs[0]) * math.prod(node.inputs[1][1:]), **_bias(node)}


def _bias(node: Node) -> dict[Category, float]:
    return {"elementwise": node.elements / 2} if len(node.inputs) > 2 and node.inputs[2] else {}  # noqa: PLR2004 -- image, weight, bias


def _matmul(node: Node) -> Charge:
    return {"matmul": float(node.elements * node.inputs[0][-1])}


def _gemm(node: Node) -> Charge:
    summed = node.inputs[0][0 if node.attributes.get("transA") else 1]
    return {"linear": float(node.elements * summed), **_bias(node)}


def _einsum(node: Node) -> Charge:
    """Of two factors: one MAC for each combination of their indices."""
    equation = node.attributes["equation"]
    text = (equation.decode() if isinstance(equation, bytes) else str(equation)).replace(" ", "")
    names = text.partition("->")[0].split(",")
    if "." in text:
        last = names[0].replace(".", "")
        return {"matmul": float(node.elements * node.inputs[0][-1 if last else 0])}
    sides = {
        name: side
        for term, shape in zip(names, node.inputs, strict=True)
        for name, side in zip(term, shape, strict=True)
    }
    return {"matmul": float(math.prod(sides.values()) * max(1, len(names) - 1))}


def _outputs(operations: float, node: Node, kind: Category = "elementwise") -> Charge:
    return {kind: operations * node.elements / 2}


def _inputs(operations: float, node: Node, kind: Category = "elementwise") -> Charge:
    return {kind: operations * math.prod(node.inputs[0]) / 2}


def _pool(node: Node) -> Charge:
    return {"resampling": node.elements * math.prod(node.attributes["kernel_shape"]) / 2}


def _resize(node: Node) -> Charge:
    dimensions = sum(before != after for before, after in zip(node.inputs[0], node.output, strict=True))
    each = {"nearest": 0, "linear": 2, "cubic": 4}[_text(node.attributes.get("mode", b"nearest"))]
    return {"resampling": float(each**dimensions * node.elements) if each else 0.0}


def _grid_sample(node: Node) -> Charge:
    each = {"nearest": 0, "linear": 2, "bilinear": 2, "cubic": 4, "bicubic": 4}
    taps = each[_text(node.attributes.get("mode", b"linear"))]
    return {"resampling": float(taps ** (len(node.output) - 2) * node.elements) if taps else 0.0}


def _dft(node: Node) -> Charge:
    real = node.inputs[0][-1] == 1
    axis = int(node.attributes.get("axis", 1))
    points = max(node.inputs[0][axis], node.output[axis])
    return {"fft": fft(points, math.prod(node.output) // (node.output[axis] * node.output[-1]), real=real)}


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


FREE = frozenset(
    """
    Cast CastLike CenterCropPad Compress Concat Constant ConstantOfShape DepthToSpace Dropout Expand EyeLike Flatten
    Gather GatherElements GatherND Identity NonZero OneHot Pad Range Reshape ReverseSequence ScatterElements ScatterND
    Shape Size Slice SpaceToDepth Split Squeeze Tile Transpose Trilu Unsqueeze Where
    """.split()  # noqa: SIM905 -- many names, not many lines
)
"""Operators that move, copy, cast or look up."""

FORMULAS: dict[str, Callable[[Node], Charge]] = {
    "Conv": _conv,
    "ConvTranspose": _transposed,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Einsum": _einsum,
    "AveragePool": _pool,
    "MaxPool": _pool,
    "GlobalAveragePool": partial(_inputs, 1, kind="resampling"),
    "GlobalMaxPool": partial(_inputs, 1, kind="resampling"),
    "Resize": _resize,
    "Upsample": _resize,
    "GridSample": _grid_sample,
    "DFT": _dft,
    "Softmax": partial(_outputs, 5, kind="normalisation"),
    "LogSoftmax": partial(_outputs, 5, kind="normalisation"),
    "BatchNormalization": partial(_outputs, 2, kind="normalisation"),
    "InstanceNormalization": partial(_outputs, 7, kind="normalisation"),
    "GroupNormalization": partial(_outputs, 7, kind="normalisation"),
    "LayerNormalization": partial(_outputs, 7, kind="normalisation"),
    "RMSNormalization": partial(_outputs, 4, kind="normalisation"),
    "LpNormalization": partial(_outputs, 3, kind="normalisation"),
    "HardSwish": partial(_outputs, 3),
    "HardSigmoid": partial(_outputs, 3),
    "Swish": partial(_outputs, 2),
    **{
        name: partial(_outputs, 1)
        for name in """
        Abs Acos Add And Asin Atan BitShift BitwiseAnd BitwiseNot BitwiseOr Ceil Celu Clip Cos Cosh Div Elu Equal Erf
        Exp Floor Gelu Greater GreaterOrEqual IsInf IsNaN LeakyRelu Less LessOrEqual Log Max Min Mish Mod Mul Neg Not Or
        PRelu Pow Reciprocal Relu Round Selu Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Sub Sum Tan Tanh
        ThresholdedRelu Xor RandomNormal RandomNormalLike RandomUniform RandomUniformLike
        """.split()  # noqa: SIM905 -- as above
    },
    **{
        name: partial(_inputs, 1)
        for name in "ArgMax ArgMin CumSum ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum".split()  # noqa: SIM905 -- as above
    },
    **{name: partial(_inputs, 2) for name in ("ReduceL1", "ReduceL2", "ReduceSumSquare")},
    "ReduceLogSumExp": partial(_inputs, 4),
    "Mean": partial(_outputs, 1),
}
"""Operators that compute, of the standard domain."""
