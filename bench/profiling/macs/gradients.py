"""Multiply-accumulates of backward operators, for networks that take gradients inside `forward`.

Unrolled optimisers and models of variational or energy type do: the gradient of a data term is part of their
restoration. The conventions are those of `formulas`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from .categories import Category
from .formulas import Call, Charge, Formula, per_element, per_output

__all__ = ["BACKWARD"]


def convolution_backward(call: Call) -> Charge:
    """Each wanted gradient, of the input and of the weight, has as many products as the convolution itself."""
    gradient, image, weight = (call.tensor(index) for index in range(3))
    of_input, of_weight, of_bias = cast("Sequence[bool]", call.args[10])
    positions = image if call.args[7] else gradient
    products = positions.numel() * math.prod(weight.shape[1:])
    charge: dict[Category, float] = {"conv": float((of_input + of_weight) * products)}
    if of_bias:
        charge["elementwise"] = gradient.numel() / 2
    return charge


def attention_backward(call: Call) -> Charge:
    """Five products for the two of attention: the scores again, and the gradients of scores, query, key and value."""
    query, key, value = (call.tensor(index) for index in range(1, 4))
    scores = math.prod(query.shape[:-1]) * key.shape[-2]
    return {"matmul": scores * (3 * query.shape[-1] + 2 * value.shape[-1]), "normalisation": 4 * scores}


def normalisation_backward(mask: int, *, per_gradient: float = 8) -> Formula:
    """Two sums over the statistics' elements and a combination of three terms; scale and shift by output mask."""

    def count(call: Call) -> Charge:
        of_input, of_scale, of_shift = cast("Sequence[bool]", call.args[mask])
        operations = per_gradient * of_input + 2 * of_scale + of_shift
        return {"normalisation": operations * call.tensor(0).numel() / 2}

    return count


def linear_backward(call: Call) -> Charge:
    """As many products as the layer itself for each wanted gradient: input, weight, and sums for the bias."""
    image, gradient, weight = (call.tensor(index) for index in range(3))
    of_input, of_weight, of_bias = cast("Sequence[bool]", call.args[3])
    products = gradient.numel() * weight.shape[-1] if image.dim() else 0
    charge: dict[Category, float] = {"linear": float((of_input + of_weight) * products)}
    if of_bias:
        charge["elementwise"] = gradient.numel() / 2
    return charge


def grid_samples_backward(dimensions: int) -> Formula:
    """As many products as samples for each wanted gradient, of the image and of the grid; by the mode, as forward."""

    def count(call: Call) -> Charge:
        samples = {0: 2**dimensions, 1: 0, 2: 4**dimensions}[int(call.args[3])]
        wanted = sum(cast("Sequence[bool]", call.args[6]))
        return {"resampling": float(wanted * samples * call.tensor(0).numel())}

    return count


def antialiased_backward(width: int) -> Formula:
    """The windows of the forward pass, from the sizes in the arguments: output size, then input size."""

    def count(call: Call) -> Charge:
        after, before = (cast("Sequence[int]", call.args[index])[-2:] for index in (1, 2))
        window = math.prod(width * max(1.0, old / new) for old, new in zip(before, after, strict=True))
        return {"resampling": window * call.tensor(0).numel()}

    return count


def _of_gradient(samples: float) -> Formula:
    """So many products for each element of the gradient that comes in."""
    return lambda call: {"resampling": samples * call.tensor(0).numel()}


BACKWARD: dict[str, Formula] = {
    "aten::convolution_backward": convolution_backward,
    "aten::linear_backward": linear_backward,
    "aten::_scaled_dot_product_flash_attention_backward": attention_backward,
    "aten::_scaled_dot_product_flash_attention_for_cpu_backward": attention_backward,
    "aten::_scaled_dot_product_efficient_attention_backward": attention_backward,
    "aten::native_layer_norm_backward": normalisation_backward(7),
    "aten::native_batch_norm_backward": normalisation_backward(9),
    "aten::native_group_norm_backward": normalisation_backward(9),
    "aten::_softmax_backward_data": per_output(4, "normalisation"),
    "aten::_log_softmax_backward_data": per_output(4, "normalisation"),
    "aten::threshold_backward": per_output(1),
    "aten::gelu_backward": per_output(1),
    "aten::silu_backward": per_output(1),
    "aten::sigmoid_backward": per_output(3),
    "aten::tanh_backward": per_output(3),
    "aten::leaky_relu_backward": per_output(1),
    "aten::_prelu_kernel_backward": per_output(2),
    "aten::elu_backward": per_output(1),
    "aten::softplus_backward": per_output(1),
    "aten::hardtanh_backward": per_output(1),
    "aten::hardsigmoid_backward": per_output(1),
    "aten::hardswish_backward": per_output(1),
    "aten::mish_backward": per_output(1),
    "aten::glu_backward": per_output(2),
    "aten::avg_pool2d_backward": per_element(1, "resampling"),
    "aten::_adaptive_avg_pool2d_backward": per_output(1, "resampling"),
    "aten::max_pool2d_with_indices_backward": per_element(1, "resampling"),
    "aten::upsample_nearest2d_backward": per_element(1, "resampling"),
    "aten::upsample_bilinear2d_backward": _of_gradient(4),
    "aten::upsample_bicubic2d_backward": _of_gradient(16),
    "aten::_upsample_bilinear2d_aa_backward": antialiased_backward(2),
    "aten::_upsample_bicubic2d_aa_backward": antialiased_backward(4),
    "aten::grid_sampler_2d_backward": grid_samples_backward(2),
    "aten::grid_sampler_3d_backward": grid_samples_backward(3),
    "aten::reflection_pad2d_backward": per_element(1),
    "aten::replication_pad2d_backward": per_element(1),
    "aten::embedding_dense_backward": per_element(1),
}
"""Backward operators by name without overload."""
