from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.memory_dataset import CARD, make_dataset
from restorebench.bench.errors import UnknownNameError
from restorebench.datasets.layouts.paired_list import open_pairs

PAIRS = list(make_dataset(4))


def test_the_report_counts_what_is_found_and_what_is_expected():
    complete = frozenset({pair.key for pair in PAIRS} | {"scene9/10", "scene9/9"})
    opened = open_pairs(CARD, PAIRS, layout="l", root="r", variant="v", expected=complete, warnings=["careful"])
    report = opened.report
    assert (report.layout, report.root, report.variant, report.warnings) == ("l", "r", "v", ("careful",))
    assert (report.found_pairs, report.expected_pairs) == (4, 6)
    assert opened.missing_keys == ("scene9/9", "scene9/10")
    assert opened.variant == "v"
    counted = open_pairs(replace(CARD, expected_pairs=100), PAIRS, layout="l", root="r")
    assert (counted.report.expected_pairs, counted.missing_keys) == (100, ())


def test_a_pair_is_found_by_its_key():
    opened = open_pairs(CARD, PAIRS, layout="l", root="r")
    assert (len(opened), opened["scene1/2"]) == (4, PAIRS[2])
    with pytest.raises(UnknownNameError, match=r"did you mean scene1/2"):
        opened["scene1/22"]


def test_the_listing_knows_keys_and_sizes_of_files():
    listing = open_pairs(CARD, PAIRS, layout="l", root="r").report.listing_sha256
    assert open_pairs(CARD, PAIRS, layout="other", root="elsewhere").report.listing_sha256 == listing
    assert open_pairs(CARD, PAIRS[1:], layout="l", root="r").report.listing_sha256 != listing
    renamed = [replace(PAIRS[0], key="x"), *PAIRS[1:]]
    assert open_pairs(CARD, renamed, layout="l", root="r").report.listing_sha256 != listing
