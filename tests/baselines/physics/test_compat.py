from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.baselines.physics import CompatOptions, DuFortFrankel

VARIANTS = (
    "default_K3",
    "K1",
    "K10",
    "constD_K5",
    "h0h_res_silu_K4",
    "nof_dwconv_K3",
    "usefg_dwconv_K3",
    "dot_K3",
    "dx2_dy2_dt0.1_K3",
    "oldstyle_K3",
    "eps1e5_K3",
)


def options(args: dict[str, Any]) -> CompatOptions:
    """What the original's arguments are called here."""
    return CompatOptions(
        steps=args["K"],
        dt=args["dt"],
        dx=args["dx"],
        dy=args["dy"],
        constant_diffusion=(args["cDx"], args["cDy"]) if args.get("constant_Dxy") else None,
        init="depthwise" if args["cell_type"] == "DwConv" else "identity",
        transformed_past=args.get("init_h0_h", False),
        residual=args.get("use_res", False),
        activation="silu" if args.get("use_silu") else "relu",
        source=not args.get("no_f", False),
        velocity_from_input=args.get("use_f_for_g", False),
        products=args.get("use_dot", False),
        biases=args.get("old_style", False),
        eps=None if args.get("use_diff_eps", True) else 1e-5,
    )


@pytest.fixture(scope="module")
def recorded(parity: Callable[[str], Any]) -> Any:
    return parity("pde/fixture")


def build(recorded: Any, name: str) -> DuFortFrankel:
    variant = next(each for each in recorded.description["variants"] if each["name"] == name)
    layer = DuFortFrankel(recorded.description["channels"], options(variant["args"]))
    assert list(layer.state_dict()) == variant["state_keys"]
    layer.load_state_dict({key: recorded[f"{name}/sd/{key}"] for key in variant["state_keys"]})
    return layer


def test_every_recorded_variant_is_tested(recorded: Any) -> None:
    assert tuple(variant["name"] for variant in recorded.description["variants"]) == VARIANTS


@pytest.mark.parametrize("name", VARIANTS)
def test_matches_the_original(name: str, recorded: Any) -> None:
    layer = build(recorded, name).eval()
    with torch.inference_mode():
        for case in ("16x20", "13x9"):
            out = layer.float()(recorded[f"in/{case}"])
            torch.testing.assert_close(out, recorded[f"{name}/out/{case}"], rtol=0, atol=1e-5)
            precise = layer.double()(recorded[f"in/{case}"].double())
            torch.testing.assert_close(precise, recorded[f"{name}/out64/{case}"], rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", VARIANTS)
def test_matches_the_original_while_training(name: str, recorded: Any) -> None:
    layer = build(recorded, name).train()
    out = layer(recorded["in/16x20"])
    torch.testing.assert_close(out, recorded[f"{name}/out_train/16x20"], rtol=0, atol=2e-5)


def test_has_46_parameters_a_channel() -> None:
    assert sum(parameter.numel() for parameter in DuFortFrankel(10).parameters()) == 460
    fixed = CompatOptions(constant_diffusion=(1.0, 1.0))
    assert sum(parameter.numel() for parameter in DuFortFrankel(10, fixed).parameters()) == 240
