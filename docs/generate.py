"""Write the parts of the pages that the program itself knows, and its tables of `docs/data`: `make docs`.

A page marks such a part with `<!-- generated: NAME -->` and `<!-- end -->`; tests/test_docs.py says when one is stale.
What writes each part is in `docs/parts`.
"""
# ruff: noqa: INP001 -- a script, of no package

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from parts import WRITERS

__all__ = ["generated", "pages"]

DOCS = Path(__file__).parent
PART = re.compile(r"(<!-- generated: (?P<name>[\w -]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages() -> Iterator[Path]:
    """Every page that has a generated part."""
    everything = (DOCS.parent / "README.md", *sorted(DOCS.rglob("*.md")))
    return (page for page in everything if PART.search(page.read_text(encoding="utf-8")))


def generated(page: Path) -> str:
    """The page as it should be now."""

    def fill(found: re.Match[str]) -> str:
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(WRITERS[found["name"]]())).strip()
        return f"{found[1]}\n{text}\n\n{found[3]}"

    return PART.sub(fill, page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    for stale in pages():
        stale.write_text(generated(stale), encoding="utf-8")
