"""When two spellings mean the same model or data set."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["normal_name"]


@cache
def normal_name(name: str) -> str:
    """A spelling without case, punctuation and the word `width`; plus signs stay, they tell models apart.

    A remark in brackets behind a space is not part of a name.

    >>> normal_name("NAFNet-width64"), normal_name("PReNet_r"), normal_name("MIMO-UNet+"), normal_name("Uformer-B (v2)")
    ('nafnet64', 'prenetr', 'mimounet+', 'uformerb')
    """
    bare = re.sub(r"\s+\(.*\)$", "", name.strip()).casefold()
    return re.sub(r"width|[^\w+]|_", "", bare)
