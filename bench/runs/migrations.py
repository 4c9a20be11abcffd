"""Run folders of older versions: pure functions that make one version's JSON into the next one's."""

from __future__ import annotations

from typing import cast

from ..contracts import JsonValue

__all__ = ["NO_REASON", "info_from_version_1", "is_version_1", "record_from_version_1"]

NO_REASON = "No reason was recorded."
"""Of a number that is missing from a record of version 1, which did not have to say why."""

_BY_PROTOCOL = {"null": "nulls", "samples": "samples"}
"""Notes of version 1 that belong to the protocol, and their names since."""

_ALIGNMENT = ("mask_fraction", "homography")

_OF_IMAGE = ("group", "size", "pair", "restored", "tile")
"""Notes of version 1 that are fields since."""


def is_version_1(line: bytes) -> bool:
    """Whether a line of `scores.jsonl` is of version 1, which alone has `notes`.

    Lines are told apart one by one: a process may be killed after `run.json` was migrated and before `scores.jsonl`
    was. This takes an image of version 2 that is called `notes` for one of version 1, which does no harm:
    `record_from_version_1` looks closer.

    >>> is_version_1(b'{"key": "1", "metrics": {}, "notes": {}}'), is_version_1(b'{"key":"1","metrics":{}}')
    (True, False)
    """
    return b'"notes"' in line


def record_from_version_1(raw: JsonValue, protocol: str) -> JsonValue:
    """A record of version 1 as one of version 2; anything else as it is, for a strict reader to judge.

    Version 1 had the metrics of one protocol, and in `notes` whatever else was known of the image.

    Args:
        raw: a parsed line.
        protocol: of the run, which version 1 did not repeat in its records.
    """
    notes = raw.get("notes") if isinstance(raw, dict) else None
    metrics = raw.get("metrics") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(notes, dict) or not isinstance(metrics, dict):
        return raw
    others = dict(notes)
    others.pop("infinite_psnr", None)  # said twice: the value is infinite
    record: dict[str, JsonValue] = {**raw, "metrics": {protocol: metrics}}
    del record["notes"]
    for old, new in _BY_PROTOCOL.items():
        if old in others:
            record[new] = {protocol: others.pop(old)}
    if any(name in others for name in _ALIGNMENT):
        record["alignment"] = {protocol: {name: others.pop(name) for name in _ALIGNMENT if name in others}}
    record |= {name: others.pop(name) for name in _OF_IMAGE if name in others}
    if others:
        record["notes"] = others  # which no version wrote, and a strict reader refuses
    return _with_reasons(record, metrics, protocol)


def _with_reasons(record: dict[str, JsonValue], metrics: dict[str, JsonValue], protocol: str) -> dict[str, JsonValue]:
    """Version 2 demands a reason for whatever is missing."""
    if record.get("status") == "failed":
        record["reason"] = record.get("reason") or NO_REASON
        return record
    nulls = cast("dict[str, JsonValue]", record.get("nulls", {})).get(protocol, {})
    unexplained = [name for name, value in metrics.items() if value is None]
    if isinstance(nulls, dict) and unexplained:
        record["nulls"] = {protocol: {**dict.fromkeys(unexplained, NO_REASON), **nulls}}
    return record


def info_from_version_1(raw: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """A `run.json` of version 1 as one of version 2: what it says itself has not changed."""
    return {**raw, "schema_version": 2}
