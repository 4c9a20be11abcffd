from __future__ import annotations

import numpy as np
import pytest
from restorebench.bench.errors import UsageError
from restorebench.bench.explanation.claims import Claim, parse_claims


def test_digits_are_those_that_are_printed_unless_told_otherwise():
    assert [(claim.metric, claim.digits) for claim in parse_claims(["ssim=0.9", "psnr=29.460"])] == [
        ("psnr", 3),
        ("ssim", 1),
    ]
    assert parse_claims(["psnr=29.5"], "2")[0].digits == 2


@pytest.mark.parametrize(
    ("texts", "digits", "said"),
    [
        (["psnr"], "auto", "has no number"),
        (["pnsr=29.46"], "auto", "did you mean psnr?"),
        (["psnr=29,46"], "auto", "not a plain decimal number"),
        (["psnr=nan"], "auto", "not a plain decimal number"),
        (["psnr=."], "auto", "not a plain decimal number"),
        (["psnr=1e3"], "auto", "not a plain decimal number"),
        (["psnr=29.46", "PSNR=28.0"], "auto", "twice"),
        (["psnr=29.46"], "many", "--digits is 'many'"),
        ([], "auto", "needs a number"),
    ],
)
def test_what_is_no_claim_gets_a_sentence(texts: list[str], digits: str, said: str):
    with pytest.raises(UsageError, match=said.replace("?", r"\?")):
        parse_claims(texts, digits)


def test_a_value_is_met_exactly_where_it_would_be_printed_so():
    claim = Claim("psnr", "29.46", 2)
    for value in np.linspace(29.4, 29.5, 1001):
        if abs(abs(value - 29.46) - 0.005) > 2e-4:  # the edge belongs to either side
            assert claim.is_met(value) == (f"{value:.2f}" == "29.46"), value


def test_chance_is_the_share_of_the_vicinity_that_prints_alike():
    claim = Claim("psnr", "29.46", 2)
    drawn = np.random.default_rng(0).uniform(29.46 - claim.vicinity, 29.46 + claim.vicinity, 200_000)
    met = np.mean(np.abs(drawn - 29.3) <= claim.half_unit)
    assert claim.chance(29.3) == pytest.approx(met, abs=1e-3)
    assert claim.chance(33.0) == 0.0
