"""Data of a page: one JSON document, read by the page's script and usable by other programs."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from ...bench.contracts import JsonValue
from ...bench.files.codec import encode, encode_number
from ...bench.metrics.metric import MetricFacts
from ...bench.runs.shown_images import INPUT
from ..board.board import Board, Entry, Value
from ..board.explaining import explain_entry
from ..tables.costs import ModelCost
from .difference_intervals import difference_intervals
from .perception import is_perceptual
from .pictures import Gallery, Picture

__all__ = ["Json", "data_address", "image_values", "page_data", "relative_path", "script_json"]

Json: TypeAlias = dict[str, JsonValue]

SCHEMA = 1
"""Schema version of the embedded document."""


def page_data(
    board: Board,
    costs: Mapping[str, ModelCost],
    galleries: Mapping[int, Gallery],
    folder: Path,
    address: Callable[[Path], str],
) -> Json:
    """Collect the data of a page.

    Args:
        board: the results.
        costs: costs by model name.
        galleries: pictures by column index.
        folder: folder of the page; links to runs are relative to it.
        address: function from a picture's path to its address in the page.
    """
    return {
        "schema": SCHEMA,
        "columns": [
            {
                "dataset": column.dataset,
                "title": column.title,
                "protocol": column.protocol,
                "task": column.task,
                "metrics": [_metric(metric) for metric in column.metrics.values()],
            }
            for column in board.columns
        ],
        "rows": [
            {
                "model": row.model,
                "title": row.title,
                "family": row.family,
                "input": next(iter(row.entries.values())).run.info.model.name == INPUT,
                "year": row.year,
                "cost": encode(costs.get(row.model)),
                "entries": {str(index): _entry(entry, folder) for index, entry in sorted(row.entries.items())},
            }
            for row in board.rows
        ],
        "galleries": {str(index): _gallery(each, address) for index, each in galleries.items() if each.pictures},
        "unpictured": {str(index): _gallery(each, address) for index, each in galleries.items() if not each.pictures},
    }


def image_values(board: Board, column: int) -> Json:
    """Collect per-image values of one column: keys, groups, and per row one list per metric in the order of keys.

    With them, per metric, the interval of the mean difference of every two rows.
    """
    here = {place: row.entries[column].run for place, row in enumerate(board.rows) if column in row.entries}
    groups = {record.key: record.group for run in here.values() for record in run.records}
    keys = sorted(groups)
    records = {
        str(place): {record.key: record.metrics for record in run.records if record.status == "ok"}
        for place, run in here.items()
    }
    rows: dict[str, Json] = {place: {} for place in records}
    intervals: Json = {}
    for name, metric in board.columns[column].metrics.items():
        values = {place: [known.get(key, {}).get(name) for key in keys] for place, known in records.items()}
        intervals[name] = difference_intervals(values, [groups[key] for key in keys], metric)
        for place, each in values.items():
            rows[place][name] = [_short(value, metric) for value in each]
    return {"keys": list(keys), "groups": [groups[key] for key in keys], "rows": dict(rows), "intervals": intervals}


def script_json(value: JsonValue) -> str:
    r"""Encode JSON safely for a script element.

    >>> script_json("</script><!--")
    '"\\u003c/script\\u003e\\u003c!--"'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _metric(metric: MetricFacts) -> Json:
    return {
        "name": metric.name,
        "title": metric.title,
        "unit": metric.unit,
        "higher": metric.higher_is_better,
        "digits": metric.digits,
        "finer": metric.finer,
        "stored": metric.stored,
        "perceptual": is_perceptual(metric),
    }


def _entry(entry: Entry, folder: Path) -> Json:
    info = entry.run.info
    explained = explain_entry(entry)
    return {
        "run": relative_path(entry.run.path, folder),
        "command": info.command,
        "created": info.created,
        "weights": info.weights.sha256,
        "trained_on": entry.trained_on,
        "inference": info.model.variant,
        "quantiser": info.plan.quantiser,
        "settings": encode(info.plan.settings),
        "images": entry.summary.images,
        "failed": entry.summary.failed,
        "expected": info.copy.expected_pairs,
        "fingerprint": entry.summary.pixel_fingerprint,
        "seconds": entry.summary.seconds_p50,
        "duplicates": entry.duplicates,
        "notes": [note.text for note in entry.notes],
        "comparable": all(note.comparable for note in entry.notes),
        "metrics": {name: _value(value, explained.get(name)) for name, value in entry.values.items()},
    }


def _value(value: Value, explained: str | None) -> Json:
    summary, match = value.summary, value.published
    data: Json = {
        "mean": encode_number(summary.mean),
        "low": summary.low,
        "high": summary.high,
        "level": summary.level,
        "n": summary.n,
        "groups": summary.groups,
        "infinite": summary.infinite,
        "rank": value.rank,
        "trust": value.trust,
        "notes": [note.text for note in value.notes],
    }
    if match is not None:
        data["published"] = {
            "value": match.number.value,
            "protocol": match.number.protocol,
            "trained_on": match.number.trained_on,
            "how": match.number.protocol_text,
            "source": match.number.source,
            "reasons": list(match.reasons),
            "doubts": list(match.doubts),
            "difference": match.difference,
            "agreement": match.agreement,
            "explained": explained,
        }
    return data


def _gallery(gallery: Gallery, address: Callable[[Path], str]) -> Json:
    return {
        "pictures": [_picture(picture, address) for picture in gallery.pictures],
        "selections": {name: list(places) for name, places in gallery.selections.items()},
        "judges": list(gallery.judges),
        "lead": gallery.lead,
        "images": gallery.images,
        "missing": {name: list(keys) for name, keys in gallery.missing.items() if keys},
    }


def _picture(picture: Picture, address: Callable[[Path], str]) -> Json:
    data: Json = {
        "key": picture.key,
        "width": picture.width,
        "height": picture.height,
        "focus": list(picture.focus) if picture.focus else None,
        "degraded": address(picture.degraded),
        "target": address(picture.target),
        "restored": {str(row): address(path) for row, path in picture.restored.items()},
    }
    if picture.fields:
        data["fields"] = {
            str(row): {**panels.facts, "files": {name: address(path) for name, path in panels.files.items()}}
            for row, panels in picture.fields.items()
        }
    if picture.traces:
        data["traces"] = {
            str(row): {kind: address(path) for kind, path in files.items()} for row, files in picture.traces.items()
        }
    return data


def relative_path(path: Path, folder: Path) -> str:
    """Make a path relative to the page; paths on another drive stay absolute."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()


def data_address(path: Path) -> str:
    """Encode a picture as a data URL."""
    kind = "svg+xml" if path.suffix == ".svg" else "png"
    return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _short(value: float | None, metric: MetricFacts) -> float | str | None:
    """Round to two more digits than printed, as in a baseline: enough for plots."""
    number = encode_number(value)
    return round(number, metric.stored) if isinstance(number, float) else number
