from __future__ import annotations

import re

from restorebench.datasets.copies.official_lists import official_keys


def test_splits_have_their_published_sizes_and_share_nothing():
    test, train = official_keys("gopro test"), official_keys("gopro train")
    assert (len(test), len(train), len(official_keys("realblur test"))) == (1111, 2103, 980)
    assert not test & train


def test_sequences_of_gopro_are_eleven_to_test_and_twenty_two_to_train():
    folders = [{key.partition("/")[0] for key in official_keys(split)} for split in ("gopro test", "gopro train")]
    assert [len(each) for each in folders] == [11, 22]
    assert not folders[0] & folders[1]


def test_numbers_are_written_as_the_files_are():
    assert all(re.fullmatch(r"GOPR\d+_11_\d\d/\d{6}", key) for key in official_keys("gopro test"))
    assert all(re.fullmatch(r"scene\d+/[1-9]\d*", key) for key in official_keys("realblur test"))
