"""Records as the lines of `scores.jsonl`: strict both ways, and fast, since tables read a hundred thousand of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, cast

import msgspec

from ..contracts import AlignmentFacts, JsonValue
from ..files.codec import Number, decode_number, encode_number, parse_json, sentence
from .migrations import is_version_1, record_from_version_1
from .records import ProtocolScores, ScoreRecord, Status

__all__ = ["decode_record", "encode_record"]

Pixels = Annotated[int, msgspec.Meta(ge=1, le=2**31)]


class _Alignment(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    mask_fraction: Annotated[float, msgspec.Meta(ge=0, le=1)]
    homography: tuple[float, float, float, float, float, float, float, float, float]


class _Line(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, frozen=True, gc=False):
    """A line as it is written; the order of the fields is that of the keys."""

    key: str
    metrics: dict[str, dict[str, Number]]
    nulls: dict[str, dict[str, str]] = {}
    samples: dict[str, dict[str, tuple[Number, ...]]] = {}
    seconds: Annotated[float, msgspec.Meta(ge=0)] | None
    status: Status
    reason: str | None
    group: str = ""
    size: tuple[Pixels, Pixels] | None = None
    pair: str = ""
    restored: str = ""
    tile: Pixels | None = None
    alignment: dict[str, _Alignment] = {}
    roundings: dict[str, str] = {}
    details: dict[str, dict[str, dict[str, int | str]]] = {}
    read_as: tuple[str, ...] = ()


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(_Line)


def encode_record(record: ScoreRecord) -> bytes:
    """One line of `scores.jsonl`, without its newline; keys in a fixed order, neutral values left out.

    Raises:
        ValueError: the record contradicts itself, or holds NaN.
    """
    record.check()
    return _ENCODER.encode(_line(record))


def decode_record(line: bytes, protocol: str, *others: str) -> ScoreRecord:
    """Read one line.

    Args:
        line: of `scores.jsonl`, with or without its newline.
        protocol: of the run, its first; a line of version 1 does not say it, and any other has to.
        others: further protocols of the run; a line may be of some of them only.

    Raises:
        ValueError: it is not a record, contradicts itself, or is of none of the protocols; the message names the field.
    """
    line = line.rstrip(b"\n")
    try:
        return _record(_decoded(line, protocol), (protocol, *others))
    except msgspec.ValidationError as error:
        raise ValueError(sentence(error, _Line)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"it is not JSON: {error}") from error


def _decoded(line: bytes, protocol: str) -> _Line:
    """A line of this program is byte for byte what it encodes to; any other may hold a key twice, and is read again."""
    if is_version_1(line):
        raw = cast("JsonValue", msgspec.json.decode(line))
        if json.dumps(raw, ensure_ascii=False).encode() != line:  # how version 1 was written
            raw = parse_json(line)
        return msgspec.convert(record_from_version_1(raw, protocol), _Line)
    found = _DECODER.decode(line)
    if _ENCODER.encode(found) != line:
        parse_json(line)
    return found


def _line(record: ScoreRecord) -> _Line:
    scores = record.scores.items()
    return _Line(
        key=record.key,
        metrics={name: {metric: encode_number(v) for metric, v in each.values.items()} for name, each in scores},
        nulls={name: dict(each.nulls) for name, each in scores if each.nulls},
        samples={
            name: {metric: tuple(encode_number(value) for value in row) for metric, row in each.samples.items()}
            for name, each in scores
            if each.samples
        },
        seconds=None if record.seconds is None else float(record.seconds),
        status=record.status,
        reason=record.reason,
        group=record.group,
        size=record.size,
        pair=record.pair,
        restored=record.restored,
        tile=record.tile,
        alignment={
            name: _Alignment(each.alignment.mask_fraction, each.alignment.homography)
            for name, each in scores
            if each.alignment is not None
        },
        roundings={name: each.restored for name, each in scores if each.restored},
        details={
            name: {metric: dict(facts) for metric, facts in each.details.items()}
            for name, each in scores
            if each.details
        },
        read_as=record.read_as,
    )


def _record(line: _Line, protocols: Sequence[str]) -> ScoreRecord:
    """The record of a line.

    Raises:
        ValueError: it contradicts itself, or is of none of the protocols.
    """
    if line.metrics.keys().isdisjoint(protocols):
        raise ValueError(f"metrics: the protocol is not {' or '.join(protocols)}, which run.json names")
    names = list(line.metrics)
    if len(names) > 1:
        place = {name: index for index, name in enumerate(protocols)}
        names.sort(key=lambda name: place.get(name, len(place)))
    for others in (line.nulls, line.samples, line.alignment, line.roundings, line.details):
        if others and not others.keys() <= line.metrics.keys():
            unknown = min(others.keys() - line.metrics.keys())
            raise ValueError(f"metrics has no protocol {unknown}, of which other fields speak")
    record = ScoreRecord(
        line.key,
        {name: _scores(line, name) for name in names},
        line.seconds,
        line.status,
        line.reason,
        line.group,
        line.size,
        line.pair,
        line.restored,
        line.tile,
        line.read_as,
    )
    record.check()
    return record


def _scores(line: _Line, protocol: str) -> ProtocolScores:
    samples = line.samples.get(protocol, {})
    found = line.alignment.get(protocol)
    return ProtocolScores(
        _decoded_numbers(line.metrics[protocol]),
        line.nulls.get(protocol, {}),
        {metric: tuple(map(decode_number, row)) for metric, row in samples.items()} if samples else {},
        None if found is None else AlignmentFacts(found.mask_fraction, found.homography),
        line.roundings.get(protocol, ""),
        line.details.get(protocol, {}),
    )


def _decoded_numbers(values: dict[str, Number]) -> dict[str, float | None]:
    if "inf" not in values.values() and "-inf" not in values.values():
        return cast("dict[str, float | None]", values)
    return {metric: decode_number(value) for metric, value in values.items()}
