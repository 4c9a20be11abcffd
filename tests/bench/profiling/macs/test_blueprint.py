from __future__ import annotations

import pytest
import torch
from restorebench.bench.profiling.macs.blueprint import _signature

X = torch.zeros(1, 3, 8, 8, device="meta")


def arguments() -> list[object]:
    """Calls that may cost differently."""
    return [
        ((X,), {}),
        ((X, X), {}),
        (([X, X],), {}),
        (((X, X),), {}),
        (({"a": X, "b": X},), {}),
        (({"a": X, "c": X},), {}),
        ((X,), {"a": X}),
        ((X[..., 1:],), {}),
        ((X.half(),), {}),
        ((X, 2), {}),
    ]


def test_calls_of_other_structures_shapes_or_numbers_have_signatures_of_their_own():
    signatures = [_signature(each) for each in arguments()]
    assert None not in signatures
    assert len(set(signatures)) == len(signatures)
    assert signatures == [_signature(each) for each in arguments()]


@pytest.mark.parametrize("argument", [torch.zeros(3), object()])
def test_what_has_values_has_no_signature(argument: object):
    assert _signature(((X, argument), {})) is None
