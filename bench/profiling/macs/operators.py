"""Every operator that torch can dispatch: counted by which formula, free, or unknown.

The tables name operators without overload (`aten::mul` covers `mul.Tensor`, `mul.Scalar` and `mul_`). Operators
that torch itself marks as views are free, those that it marks as pointwise are one operation for each output
element; so a new release adds operators to the right class by itself, and what fits nowhere is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch._ops import OpOverload

from . import formulas
from .categories import Status
from .formulas import Call, Charge, Formula, per_element, per_output
from .gradients import BACKWARD

__all__ = ["Rule", "name_of", "register_operator", "rule_for"]


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule by which calls of an operator are charged."""

    status: Status
    formula: Formula | None = None

    def charge(self, call: Call) -> Charge:
        """MACs of one call by category; nothing for operators that are free or unknown."""
        return {} if self.formula is None else self.formula(call)


FREE = Rule("free")
UNKNOWN = Rule("unknown")

FORMULAS: dict[str, Formula] = {
    "aten::convolution": formulas.convolution,
    "aten::_convolution": formulas.convolution,
    "aten::convolution_overrideable": formulas.convolution,
    "aten::mkldnn_convolution": formulas.backend_convolution,
    "aten::cudnn_convolution": formulas.backend_convolution,
    "torchvision::deform_conv2d": formulas.deformable_convolution,
    "aten::linear": formulas.linear,
    "aten::addmm": formulas.product(1, "linear", added=True),
    "aten::_addmm_activation": formulas.product(1, "linear", added=True),
    "aten::mm": formulas.product(0),
    "aten::bmm": formulas.product(0),
    "aten::mv": formulas.product(0),
    "aten::dot": lambda call: {"matmul": float(call.tensor(0).numel())},
    "aten::vdot": lambda call: {"matmul": float(call.tensor(0).numel())},
    "aten::_int_mm": formulas.product(0),
    "aten::_scaled_mm": formulas.product(0),
    "aten::addbmm": formulas.batched_sum,
    "aten::addmv": formulas.product(1, added=True),
    "aten::baddbmm": formulas.product(1, added=True),
    "aten::addr": per_output(2, "matmul"),
    "aten::scaled_dot_product_attention": formulas.attention,
    "aten::_scaled_dot_product_flash_attention": formulas.attention,
    "aten::_scaled_dot_product_flash_attention_for_cpu": formulas.attention,
    "aten::_scaled_dot_product_efficient_attention": formulas.attention,
    "aten::_scaled_dot_product_cudnn_attention": formulas.attention,
    "aten::_scaled_dot_product_fused_attention_overrideable": formulas.attention,
    "aten::_flash_attention_forward": formulas.attention_heads_third,
    "aten::_efficient_attention_forward": formulas.attention_heads_third,
    "aten::_fft_r2c": formulas.fourier(real=True, points_of="input"),
    "aten::_fft_c2r": formulas.fourier(real=True, points_of="output"),
    "aten::_fft_c2c": formulas.fourier(real=False, points_of="input"),
    "aten::native_layer_norm": formulas.affine_normalisation(2, 3),
    "aten::_fused_rms_norm": formulas.affine_normalisation(2, 9, base=3),
    "aten::native_group_norm": formulas.affine_normalisation(1, 2),
    "aten::native_batch_norm": formulas.batch_norm,
    "aten::_native_batch_norm_legit": formulas.batch_norm,
    "aten::_native_batch_norm_legit_no_training": per_element(2, "normalisation"),
    "aten::_batch_norm_no_update": per_element(2, "normalisation"),
    "aten::cudnn_batch_norm": formulas.batch_norm,
    "aten::_softmax": per_output(5, "normalisation"),
    "aten::_log_softmax": per_output(5, "normalisation"),
    "aten::_safe_softmax": per_output(5, "normalisation"),
    "aten::avg_pool1d": formulas.pooling,
    "aten::avg_pool2d": formulas.pooling,
    "aten::avg_pool3d": formulas.pooling,
    "aten::max_pool2d_with_indices": formulas.pooling,
    "aten::max_pool3d_with_indices": formulas.pooling,
    "aten::_adaptive_avg_pool2d": per_element(1, "resampling"),
    "aten::_adaptive_avg_pool3d": per_element(1, "resampling"),
    "aten::adaptive_max_pool2d": per_element(1, "resampling"),
    "aten::upsample_linear1d": formulas.weighted_samples(2),
    "aten::upsample_bilinear2d": formulas.weighted_samples(4),
    "aten::_upsample_bilinear2d_aa": formulas.antialiased(2),
    "aten::upsample_trilinear3d": formulas.weighted_samples(8),
    "aten::upsample_bicubic2d": formulas.weighted_samples(16),
    "aten::_upsample_bicubic2d_aa": formulas.antialiased(4),
    "aten::_upsample_lanczos2d_aa": formulas.antialiased(6),
    "aten::grid_sampler_2d": formulas.grid_samples(2),
    "aten::_grid_sampler_2d_cpu_fallback": formulas.grid_samples(2),
    "aten::grid_sampler_3d": formulas.grid_samples(3),
    "aten::cudnn_grid_sampler": formulas.weighted_samples(4),
    "aten::mul": formulas.multiplication,
    "aten::add": formulas.addition,
    "aten::sub": formulas.addition,
    "aten::rsub": formulas.addition,
    "aten::addcmul": per_output(2),
    "aten::addcdiv": per_output(2),
    "aten::lerp": per_output(3),
    "aten::glu": per_output(2),
    "aten::_prelu_kernel": per_output(1),
    "aten::leaky_relu": per_output(1),
    "aten::hardswish": per_output(3),
    "aten::hardsigmoid": per_output(3),
    "aten::hardtanh": per_output(1),
    "aten::elu": per_output(1),
    "aten::softplus": per_output(1),
    "aten::mish": per_output(1),
    "aten::relu6": per_output(1),
    "aten::native_dropout": formulas.dropout,
    "aten::cumsum": per_element(1),
    "aten::cumprod": per_element(1),
    "aten::sum": per_element(1),
    "aten::nansum": per_element(1),
    "aten::mean": per_element(1),
    "aten::prod": per_element(1),
    "aten::amax": per_element(1),
    "aten::amin": per_element(1),
    "aten::aminmax": per_element(2),
    "aten::max": per_element(1),
    "aten::min": per_element(1),
    "aten::argmax": per_element(1),
    "aten::argmin": per_element(1),
    "aten::any": per_element(1),
    "aten::all": per_element(1),
    "aten::logsumexp": per_element(4),
    "aten::var": per_element(4),
    "aten::std": per_element(4),
    "aten::var_mean": per_element(4),
    "aten::std_mean": per_element(4),
    "aten::linalg_vector_norm": per_element(2),
    "aten::norm": per_element(2),
    "aten::_weight_norm_interface": per_element(4),
    "aten::sort": formulas.ordering,
    "aten::argsort": formulas.ordering,
    "aten::topk": formulas.selection,
    "aten::median": formulas.ordering,
    "aten::nanmedian": formulas.ordering,
    "aten::mode": formulas.ordering,
    "aten::kthvalue": formulas.selection,
    "aten::index_add": lambda call: {"elementwise": call.tensor(3).numel() / 2},
    "aten::scatter_add": lambda call: {"elementwise": call.tensor(3).numel() / 2},
    "aten::scatter_reduce": lambda call: {"elementwise": call.tensor(3).numel() / 2},
    "aten::col2im": per_element(1),
    "aten::randn": per_output(1),
    "aten::rand": per_output(1),
    "aten::normal": per_output(1),
    "aten::normal_functional": per_output(1),
    "aten::uniform": per_output(1),
    "aten::rand_like": per_output(1),
    "aten::randn_like": per_output(1),
    "aten::bernoulli": per_output(1),
    **BACKWARD,
}
"""Operators that compute, by name without overload."""

MOVES = """
    alias arange as_strided_copy cat channel_shuffle clone complex constant_pad_nd contiguous copy diag diag_embed
    embedding empty empty_like empty_permuted empty_strided expand_copy eye fill flip full full_like gather im2col index
    index_copy index_fill index_put index_select lift lift_fresh lift_fresh_copy linspace logspace masked_fill
    masked_scatter masked_select native_channel_shuffle new_empty new_empty_strided new_full new_ones new_zeros nonzero
    ones ones_like permute_copy pixel_shuffle pixel_unshuffle reflection_pad1d reflection_pad2d reflection_pad3d repeat
    repeat_interleave replication_pad1d replication_pad2d replication_pad3d resize resize_as roll rot90 scalar_tensor
    scatter select_scatter set slice_scatter split_copy split_with_sizes_copy stack t_copy take tril tril_indices triu
    triu_indices unfold_copy upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d
    _upsample_nearest_exact2d _upsample_nearest_exact3d
    view_copy zero zeros zeros_like _cast_Byte _conj_copy _local_scalar_dense _pin_memory
    _reshape_copy _to_copy _unsafe_index _unsafe_index_put _unsafe_view _efficientzerotensor _assert_async
    _assert_tensor_metadata is_same_size is_pinned equal sym_size sym_stride sym_numel sym_storage_offset
    item is_nonzero record_stream _has_compatible_shallow_copy_type dense_dim sparse_dim is_coalesced
""".split()  # noqa: SIM905 -- a hundred names, not a hundred lines
"""ATen operators that move, copy, cast, fill or look up, without arithmetic on the data."""

_registered: dict[str, Rule] = {}


def register_operator(name: str, formula: Callable[[Call], Charge] | None) -> None:
    """Teach the counter an operator of your own, such as a C++ extension's.

    Args:
        name: `namespace::operator`, without overload.
        formula: MACs of a call by category; `None` for an operator that computes nothing.
    """
    _registered[name] = FREE if formula is None else Rule("counted", formula)
    rule_for.cache_clear()


def name_of(operator: OpOverload) -> str:
    """`aten::add` for `aten.add_.Tensor`: without overload, and without the underscore of in-place forms."""
    name = operator.name().partition(".")[0]
    return name if name.endswith("__") else name.removesuffix("_")


@cache
def rule_for(operator: OpOverload) -> Rule:
    """The rule for an operator."""
    name = name_of(operator)
    if name in _registered:
        return _registered[name]
    if name in FORMULAS:
        return Rule("counted", FORMULAS[name])
    if operator.is_view or name.startswith(("prim::", "profiler::")) or name.removeprefix("aten::") in MOVES:
        return FREE
    return Rule("counted", per_output(1)) if _is_pointwise(operator) else UNKNOWN


def _is_pointwise(operator: OpOverload) -> bool:
    """In-place forms are not marked themselves, their functional form is."""
    forms: Mapping[str, OpOverload] = {"own": operator}
    if operator.namespace == "aten":
        packet = getattr(torch.ops.aten, name_of(operator).removeprefix("aten::"), None)
        if packet is not None:
            forms = {"own": operator, **{form: getattr(packet, form) for form in packet.overloads()}}
    return any(torch.Tag.pointwise in form.tags for form in forms.values())
