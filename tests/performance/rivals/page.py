"""What was measured, as a file beside the page and as tables in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .contest import Row
from .turns import Ratio

PART = re.compile(r"(<!-- measured: (?P<name>[\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Measured:
    """A whole run of the benchmark."""

    date: str
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    rows: tuple[Row, ...]
    pictures: Mapping[str, Mapping[str, str]]
    """Kind of image file to decoder to whether it gives the pixels that Pillow gives."""


def save(measured: Measured, path: Path) -> None:
    """As JSON with one row a line, so that a change shows which moved."""
    facts = asdict(measured)
    rows = ",\n  ".join(
        json.dumps({key: value if "value" in key else _rounded(value) for key, value in row.items()})
        for row in facts.pop("rows")
    )
    head = json.dumps(facts, indent=2).removesuffix("\n}")
    path.write_text(f'{head},\n "rows": [\n  {rows}\n ]\n}}\n', encoding="utf-8")


def load(path: Path) -> Measured:
    """What `save` wrote."""
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    rows = tuple(Row(**{**row, "ratio": row["ratio"] and Ratio(**row["ratio"])}) for row in facts.pop("rows"))
    return Measured(**facts, rows=rows)


def filled(text: str, measured: Measured) -> str:
    """A page with its measured parts made anew.

    Raises:
        KeyError: the page asks for a part that there is not.
    """
    parts = {room: table([row for row in measured.rows if row.room == room]) for room in rooms(measured.rows)}
    parts |= {"machine": machine(measured), "pictures": pictures(measured)}
    return PART.sub(lambda found: f"{found[1]}\n{parts[found['name']]}\n\n{found[3]}", text)


def rooms(rows: Sequence[Row]) -> list[str]:
    """In the order of the rows, each once."""
    return list(dict.fromkeys(row.room for row in rows))


def table(rows: Sequence[Row]) -> str:
    """The rows of one room."""
    valued = any(row.rival_value is not None for row in rows)
    head = ["task", "rival", "ours, ms", "theirs, ms", "theirs / ours", "quartiles"]
    head += ["ours", "theirs", "difference"] if valued else []
    cells = [[row.task, row.rival, *_times(row), *(_values(row) if valued else []), row.note] for row in rows]
    return _markdown([*head, "remark"], cells, right=range(2, len(head)))


def machine(measured: Measured) -> str:
    """Where and when, and with which versions."""
    facts = {"date": measured.date, **measured.machine}
    facts["versions"] = ", ".join(f"{name} {version}" for name, version in measured.versions.items())
    return "\n".join(f"- {name}: {value}" for name, value in facts.items())


def pictures(measured: Measured) -> str:
    """Which decoders give Pillow's pixels, by kind of file."""
    kinds = measured.pictures
    names = list(dict.fromkeys(name for found in kinds.values() for name in found))
    return _markdown(
        ["file", *names], [[kind, *(found.get(name, "") for name in names)] for kind, found in kinds.items()]
    )


def _times(row: Row) -> list[str]:
    if row.ratio is None or row.ours_ms is None or row.rival_ms is None:
        return ["", "", "", ""]
    quartiles = f"{row.ratio.low:.2f} to {row.ratio.high:.2f}"
    return [f"{row.ours_ms:.1f}", f"{row.rival_ms:.1f}", f"**{row.ratio.median:.2f}**", quartiles]


def _values(row: Row) -> list[str]:
    if row.ours_value is None or row.rival_value is None:
        return ["", "", ""]
    difference = row.rival_value - row.ours_value
    shown = "0" if difference == 0 else f"{difference:.1e}" if abs(difference) < 1e-3 else f"{difference:.3f}"
    return [f"{row.ours_value:.4f}", f"{row.rival_value:.4f}", shown]


def _markdown(head: Sequence[str], cells: Sequence[Sequence[str]], right: range = range(0)) -> str:
    ruler = ["---:" if index in right else "---" for index in range(len(head))]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ruler, *cells))


def _rounded(value: object) -> object:
    """Seven digits, which are more than any time is good for."""
    if isinstance(value, float):
        return float(f"{value:.7g}")
    return {key: _rounded(each) for key, each in value.items()} if isinstance(value, dict) else value
