from __future__ import annotations

import re

from helpers.optional import known
from restorebench.bench.datasets import DATASETS
from restorebench.bench.files.fingerprints import PAIR_DIGITS
from restorebench.datasets.copies.known_copies import _known_copies, known_copy


def test_a_copy_is_known_by_data_set_and_variant():
    assert len(known(known_copy("rain100h", "480x320")).pairs) == 100
    assert known_copy("rain100h", "no such variant") is None
    assert known_copy("no such set", "") is None


def test_every_known_copy_is_of_a_data_set_and_holds_hashes():
    for name, copy in _known_copies().items():
        assert name.partition(" ")[0] in DATASETS.names()
        assert copy.source
        assert all(re.fullmatch(rf"[0-9a-f]{{{PAIR_DIGITS}}}", digits) for digits in copy.pairs.values()), name
