from __future__ import annotations

import json
import math
from typing import Any

import pytest
from helpers.records import scored
from hypothesis import given
from hypothesis import strategies as st
from restorebench.bench.contracts import AlignmentFacts
from restorebench.bench.runs.record_lines import decode_record, encode_record
from restorebench.bench.runs.records import LARGEST, ProtocolScores, ScoreRecord

PROTOCOL = "rgb@1"
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
HEX = st.text("0123456789abcdef", min_size=16, max_size=16)
VALUES = st.floats(-LARGEST, LARGEST) | st.sampled_from([math.inf, -math.inf]) | st.integers(-5, 50).map(float)
DETAILS = st.dictionaries(WORDS, st.integers(-(2**53), 2**53) | WORDS, max_size=2)
ALIGNMENTS = st.builds(
    AlignmentFacts, st.floats(0, 1), st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 9)
)


@st.composite
def protocol_scores(draw: st.DrawFn) -> ProtocolScores:
    values = draw(st.dictionaries(WORDS, st.none() | VALUES, max_size=4))
    nulls = {name: draw(WORDS) for name, value in values.items() if value is None}
    samples = {name: tuple(draw(st.lists(st.none() | VALUES, max_size=3))) for name in values if draw(st.booleans())}
    rounded = draw(st.just("") | HEX)
    details = {name: draw(DETAILS) for name in values if draw(st.booleans())}
    return ProtocolScores(values, nulls, samples, draw(st.none() | ALIGNMENTS), rounded, details)


@st.composite
def records(draw: st.DrawFn) -> ScoreRecord:
    scores = {PROTOCOL: draw(protocol_scores())}
    scores |= {name: draw(protocol_scores()) for name in draw(st.sets(WORDS, max_size=2)) if name != PROTOCOL}
    reason = draw(st.none() | WORDS)
    if reason is not None:
        scores = {name: ProtocolScores(dict.fromkeys(each.values)) for name, each in scores.items()}
    return ScoreRecord(
        draw(WORDS),
        scores,
        draw(st.none() | st.floats(0, 1e6)),
        "ok" if reason is None else "failed",
        reason,
        draw(st.just("") | WORDS),
        draw(st.none() | st.tuples(st.integers(1, 9999), st.integers(1, 9999))),
        draw(st.just("") | HEX),
        draw(st.just("") | HEX),
        draw(st.none() | st.integers(1, 2048)),
    )


@given(records())
def test_what_is_encoded_is_decoded(record: ScoreRecord):
    line = encode_record(record)
    assert b"\n" not in line
    json.loads(line, parse_constant=pytest.fail)
    assert decode_record(line, PROTOCOL) == record


def test_the_line_of_the_reference():
    record = scored("1", {"psnr": math.inf, "lpips": None}, group="a", size=(2, 3), pair="6059cbbf195ec2ed")
    assert encode_record(record).decode() == (
        '{"key":"1","metrics":{"rgb@1":{"psnr":"inf","lpips":null}},'
        '"nulls":{"rgb@1":{"lpips":"LPIPS needs weights that are not here."}},"seconds":0.1,"status":"ok",'
        '"reason":null,"group":"a","size":[2,3],"pair":"6059cbbf195ec2ed"}'
    )


WHOLE: dict[str, Any] = {
    "key": "a",
    "metrics": {PROTOCOL: {"psnr": 30.0}},
    "seconds": 0.1,
    "status": "ok",
    "reason": None,
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metrics": {PROTOCOL: {"psnr": "nan"}}}, r"^metrics\[\.\.\.\]\[\.\.\.\]: unknown value 'nan'"),
        ({"metrics": {PROTOCOL: {"psnr": True}}}, r"^metrics\[\.\.\.\]\[\.\.\.\]: expected .* got true or false"),
        ({"metrics": {PROTOCOL: {"psnr": 10**400}}}, r"^metrics.*number out of range"),
        ({"metrics": {PROTOCOL: {"psnr": None}}}, r"^metrics\.rgb@1\.psnr is null, and nulls does not say why"),
        ({"metrics": {"y@1": {"psnr": 30.0}}}, "^metrics: the protocol is not rgb@1"),
        ({"metrics": {}}, "^metrics: the protocol is not rgb@1"),
        ({"metrics": {"psnr": 30.0}}, r"^metrics\[\.\.\.\]: expected a table, got a number"),
        ({"metrics": []}, "^metrics: expected a table, got a list"),
        ({"key": 1}, "^key: expected a text, got an integer"),
        ({"seconds": -1}, "^seconds: expected a number >= 0"),
        ({"seconds": "1"}, "^seconds: expected a number or null, got a text"),
        ({"status": "fine"}, "^status: unknown value 'fine': did you mean failed"),
        ({"status": "failed"}, "^reason: None does not go with the status 'failed'"),
        ({"reason": "because"}, "^reason: 'because' does not go with the status 'ok'"),
        ({"status": "failed", "reason": "because"}, r"^metrics\.rgb@1\.psnr is 30\.0, but the image failed"),
        ({"size": [1]}, "^size: expected a list of length 2"),
        ({"size": [0, 1]}, r"^size\[0\]: expected an integer >= 1"),
        ({"tile": 2.5}, "^tile: expected an integer or null, got a number"),
        ({"novelty": 1}, "^unknown key 'novelty'$"),
        ({"nulls": {"y@1": {"psnr": "x"}}}, "^metrics has no protocol y@1"),
        ({"nulls": {PROTOCOL: {"ssim": "x"}}}, "^metrics.rgb@1 has no ssim"),
        ({"samples": {PROTOCOL: {"ssim": [1.0]}}}, "^metrics.rgb@1 has no ssim"),
        ({"roundings": {"y@1": "0123456789abcdef"}}, "^metrics has no protocol y@1"),
        ({"alignment": {PROTOCOL: {"mask_fraction": 0.5}}}, r"^alignment\[\.\.\.\]\.homography is missing"),
    ],
)
def test_a_damaged_record_names_the_field(change: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        decode_record(json.dumps(WHOLE | change).encode(), PROTOCOL)


@pytest.mark.parametrize("name", [*WHOLE])
def test_a_missing_field_is_named(name: str):
    line = json.dumps({key: value for key, value in WHOLE.items() if key != name}).encode()
    with pytest.raises(ValueError, match=f"^{name} is missing"):
        decode_record(line, PROTOCOL)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "it is not JSON"),
        (b"{broken", "it is not JSON"),
        (b"\xff", "it is not JSON|utf-8"),
        (b"[" * 100_000, "table, got a list|not JSON"),
        (b'{"key":' + b"[" * 100_000, "key: expected|not JSON"),
        (json.dumps(WHOLE).replace("30.0", "NaN").encode(), "it is not JSON"),
        (json.dumps(WHOLE).replace("30.0", "1e999").encode(), "number out of range"),
        (json.dumps(WHOLE).replace('"a"', r'"\ud800"').encode(), "it is not JSON"),
        (json.dumps(WHOLE).replace('"psnr": 30.0', '"psnr": 30.0, "psnr": 31.0').encode(), "'psnr' is there twice"),
        (json.dumps(WHOLE).replace('"key": "a"', '"key": "a", "key": "a"').encode(), "the key 'key' is there twice"),
    ],
)
def test_what_is_no_record_at_all_is_said(line: bytes, message: str):
    with pytest.raises(ValueError, match=message):
        decode_record(line, PROTOCOL)


def test_another_writer_may_order_and_space_it_differently():
    line = json.dumps(dict(reversed(WHOLE.items())), indent=1).encode()
    assert decode_record(line, PROTOCOL) == decode_record(json.dumps(WHOLE).encode(), PROTOCOL)


def test_the_protocol_of_the_run_comes_first():
    metrics = {"y@1": {"psnr": 31.0}, PROTOCOL: {"psnr": 30.0}}
    record = decode_record(json.dumps(WHOLE | {"metrics": metrics}).encode(), PROTOCOL)
    assert record.metrics == {"psnr": 30.0}
    assert record.of("y@1").values == {"psnr": 31.0}


def test_a_record_that_contradicts_itself_is_not_written():
    for record in (
        scored("a", {"psnr": math.nan}),
        scored("a", {"psnr": None}, missing=""),
        ScoreRecord("a", {PROTOCOL: ProtocolScores({"psnr": 1.0})}, status="failed"),
        ScoreRecord("a", {}),
    ):
        with pytest.raises(ValueError, match=r"."):
            encode_record(record)


def test_protocols_come_in_the_order_of_the_run_and_a_line_may_be_of_some_of_them():
    metrics = {"y@1": {"psnr": 31.0}, "gopro@1": {"psnr": 32.0}, PROTOCOL: {"psnr": 30.0}}
    record = decode_record(json.dumps(WHOLE | {"metrics": metrics}).encode(), "gopro@1", PROTOCOL, "y@1")
    assert list(record.scores) == ["gopro@1", PROTOCOL, "y@1"]
    alone = decode_record(json.dumps(WHOLE | {"metrics": {"y@1": {"psnr": 31.0}}}).encode(), PROTOCOL, "y@1")
    assert list(alone.scores) == ["y@1"]
    with pytest.raises(ValueError, match=r"the protocol is not hide@1 or hinet@1, which run.json names"):
        decode_record(json.dumps(WHOLE).encode(), "hide@1", "hinet@1")


def test_details_stand_at_the_end_and_belong_to_a_metric():
    scores = ProtocolScores({"niqe": 3.6}, details={"niqe": {"blocks": 20, "cropped_to": "384x480"}})
    line = encode_record(ScoreRecord("a", {PROTOCOL: scores}))
    assert line.endswith(b'"details":{"rgb@1":{"niqe":{"blocks":20,"cropped_to":"384x480"}}}}')
    assert decode_record(line, PROTOCOL).first.details["niqe"]["blocks"] == 20
    with pytest.raises(ValueError, match="has no brisque, of which nulls, samples or details speak"):
        encode_record(ScoreRecord("a", {PROTOCOL: ProtocolScores({"niqe": 3.6}, details={"brisque": {}})}))
