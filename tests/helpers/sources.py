"""The form of a source that a reader can look up."""

from __future__ import annotations

import re

__all__ = ["can_be_looked_up"]

PAPER = r"arXiv:\d{4}\.\d{4,5}(v\d+)?, (Table|Section) ([IVX]+|\d+(\.\d+)?)"
FILE = r"https://github\.com/[\w.-]+/[\w.-]+/blob/[0-9a-f]{10}/[\w./%-]+( \([\w ,]+\))?"
ISSUE = r"https://github\.com/[\w.-]+/[\w.-]+/issues/\d+"
PAGE = r"https://(arxiv\.org/(abs|html)/\d{4}\.\d{4,5}(v\d+)?|proceedings\.mlr\.press/v\d+/\w+\.html)"
FORM = re.compile(f"{PAPER}|{FILE}|{ISSUE}|{PAGE}")


def can_be_looked_up(source: str) -> bool:
    """Whether it is a table or section of an arXiv paper, a file at a commit, an issue, or a paper's page.

    >>> can_be_looked_up("arXiv:2204.04676v4, Table 7"), can_be_looked_up("NAFNet paper, table of GoPro")
    (True, False)
    """
    return FORM.fullmatch(source) is not None
