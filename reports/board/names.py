"""Normalised names of models and data sets."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["normal_name"]


@cache
def normal_name(name: str) -> str:
    """Normalise a name: no case, punctuation or the word `width`; plus signs are kept, since they distinguish models.

    A remark in brackets after a space is removed.

    >>> normal_name("NAFNet-width64"), normal_name("PReNet_r"), normal_name("MIMO-UNet+"), normal_name("Uformer-B (v2)")
    ('nafnet64', 'prenetr', 'mimounet+', 'uformerb')
    """
    bare = re.sub(r"\s+\(.*\)$", "", name.strip()).casefold()
    return re.sub(r"width|[^\w+]|_", "", bare)
