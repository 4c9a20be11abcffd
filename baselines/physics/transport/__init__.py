"""Transport without a limit on the step: one step may carry a feature across the whole map.

    h_t + v . grad h = div(D grad h) + f       (form `advective`)
    h_t + div(v h)   = div(D grad h) + f       (form `conservative`)

sampling.py      values between pixels         advection.py   back-traced departure points (advective)
remapping.py     moved cell walls (conservative)
diffusion.py     exact for constant coefficients, implicit for variable ones
tridiagonal.py   the linear systems of the latter
splitting.py     the parts in one step, after Strang
"""

from __future__ import annotations

from .splitting import Form, Transport, transport

__all__ = ["Form", "Transport", "transport"]
