from __future__ import annotations

import pytest
from restorebench.bench.terminal.wording import counted


@pytest.mark.parametrize(("number", "words"), [(0, "0 images"), (1, "1 image"), (2, "2 images"), (1000, "1000 images")])
def test_a_noun_is_in_the_plural_unless_there_is_one(number: int, words: str):
    assert counted(number, "image") == words
