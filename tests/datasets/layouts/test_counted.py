from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.memory_dataset import CARD
from helpers.optional import known
from helpers.trees import MakeTree
from restorebench.bench.errors import DatasetError
from restorebench.datasets.layouts.counted import equal_names, open_counted


def test_pairs_are_opened_with_their_groups(tree: MakeTree):
    root = tree("in/a1.png", "in/b1.png", "out/b1.jpg", "out/a1.jpg")
    found = known(equal_names("in", "out").find(root))
    opened = open_counted(CARD, found, root, group=lambda key: key[0])
    assert [(pair.key, pair.group) for pair in opened] == [("a1", "a"), ("b1", "b")]
    assert (opened.report.layout, opened.report.root) == ("{in,out}/NAME.png", str(root))


def test_more_pairs_than_the_test_split_has_are_another_split(tree: MakeTree):
    root = tree("in/1.png", "in/2.png", "out/1.png", "out/2.png")
    found = known(equal_names("in", "out").find(root))
    assert len(open_counted(replace(CARD, expected_pairs=2), found, root)) == 2
    with pytest.raises(DatasetError, match=r"2 pairs, but the test split of Memory has 1"):
        open_counted(replace(CARD, expected_pairs=1), found, root)
