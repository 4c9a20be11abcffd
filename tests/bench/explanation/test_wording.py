from __future__ import annotations

from dataclasses import replace

from restorebench.bench.explanation.claims import Claim
from restorebench.bench.explanation.search import Explanation, Way
from restorebench.bench.explanation.wording import describe, name, values_of

PSNR = Claim("psnr", "29.46", 2)
SSIM = Claim("ssim", "0.899", 3)
LUMA = Way((29.4599, 0.89891), ("Y", "Wang's SSIM"), ("rain100h@1", "y@1"), tier=0)
SUBSET = Way((29.4612, 0.8991), ("RGB", "Wang's SSIM", "first 20 images only"), (), tier=2, departures=1)
EXPLAINED = Explanation(
    claims=(PSNR, SSIM),
    verdict="explained",
    images=100,
    tried=12,
    by_chance=0.0012,
    tier=0,
    answers=(LUMA, SUBSET),
    nearest=(replace(LUMA, values=(29.15, 0.897), protocols=()),),
    tried_whole=738,
    tried_in_all=4247,
    by_chance_in_all=0.14,
)


def test_an_explanation_names_the_protocol_and_counts_by_tier_and_in_all():
    assert describe(EXPLAINED) == (
        "PSNR 29.46 dB and SSIM 0.899 are reproduced by rain100h@1 (here the same as y@1): Y; Wang's SSIM;"
        " over 100 images."
        " 1 of the 12 protocols that differ here gives these numbers; 0.0012 would by chance."
        " Of all 4,247 ways tried, 2 give them; 0.14 would by chance."
    )


def test_what_could_be_is_said_to_explain_nothing():
    possible = replace(EXPLAINED, verdict="possible", claims=(PSNR,), by_chance=0.4)
    assert describe(possible).startswith("PSNR 29.46 dB may come from rain100h@1")
    assert "That explains nothing: " in describe(possible)
    assert describe(possible).endswith("To decide, claim more digits, or a second metric.")


def test_a_difference_that_remains_is_told_by_metric_and_a_subset_is_no_excuse():
    nothing = replace(EXPLAINED, verdict="unexplained", answers=())
    assert describe(nothing) == (
        "None of 4,247 ways of measuring 100 images gives PSNR 29.46 dB and SSIM 0.899: a difference of 0.31 dB"
        " and 0.002 SSIM remains, so the weights, the inference or the data differ. The nearest is Y; Wang's SSIM."
    )
    subset = describe(replace(EXPLAINED, verdict="possible", answers=(SUBSET,), tier=2, tried=4247, by_chance=0.14))
    assert subset.startswith("None of 738 ways that measure all 100 images gives PSNR 29.46 dB and SSIM 0.899")
    assert "it is reproduced by RGB; Wang's SSIM; first 20 images only, which explains nothing" in subset


def test_numbers_that_fit_different_ways_are_named_one_by_one():
    alone = replace(EXPLAINED, claims=(PSNR,), answers=(LUMA,))
    apart = replace(EXPLAINED, verdict="unexplained", answers=(), apart=(alone, replace(alone, verdict="possible")))
    assert describe(apart).endswith(
        "PSNR 29.46 dB alone is reproduced by rain100h@1 (here the same as y@1): Y; Wang's SSIM."
    )


def test_a_single_way_is_not_counted_among_others():
    only = replace(EXPLAINED, claims=(PSNR,), answers=(LUMA,), tried=1, tried_whole=1, tried_in_all=1, by_chance=0.01)
    assert describe(only).endswith("It is the only way that was tried; by chance, 0.01 would give this number.")


def test_values_have_two_digits_more_than_were_claimed():
    assert values_of((PSNR, replace(SSIM, digits=1)), LUMA) == ["29.4599", "0.8989"]
    assert name(replace(LUMA, pieces=("as rain100h@1 does", ""), protocols=("rain100h@1",))) == "rain100h@1"
    assert name(replace(LUMA, pieces=("as recorded by y@1", "", ""), protocols=("y@1",))) == "y@1: as recorded"
    assert name(SUBSET) == "RGB; Wang's SSIM; first 20 images only"
