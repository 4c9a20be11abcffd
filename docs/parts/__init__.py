"""What writes the generated parts of the pages: one module for each kind of source, each with its `WRITERS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import catalogues, commands, fields, recipes, records, studies

__all__ = ["WRITERS"]

WRITERS: dict[str, Callable[[], Iterator[str]]] = {
    **commands.WRITERS,
    **catalogues.WRITERS,
    **fields.WRITERS,
    **recipes.WRITERS,
    **records.WRITERS,
    **studies.WRITERS,
}
"""Name of a part to what writes its lines."""
