from __future__ import annotations

import json
import math
from typing import Any

import pytest
from restorebench.bench.contracts import AlignmentFacts
from restorebench.bench.runs.migrations import NO_REASON, is_version_1
from restorebench.bench.runs.record_lines import decode_record, encode_record
from restorebench.bench.runs.records import ProtocolScores, ScoreRecord

OLD: dict[str, Any] = {
    "key": "a/1",
    "metrics": {"psnr": "inf", "ssim": 1.0, "lpips": None},
    "seconds": 0.5,
    "status": "ok",
    "reason": None,
    "notes": {
        "group": "a",
        "size": [48, 64],
        "pair": "0ef2ca3823876995",
        "tile": 32,
        "infinite_psnr": "the restored image equals its target",
        "mask_fraction": 0.75,
        "homography": [1.0, 0, 0, 0, 1, 0, 0, 0, 1],
        "samples": {"psnr": ["inf", "inf"], "ssim": [1.0, 1.0], "lpips": [None, None]},
        "null": {"lpips": "There are no weights."},
        "restored": "a079e8a3d1c3ff6e",
    },
}


def migrated(**changes: Any) -> ScoreRecord:
    return decode_record(json.dumps(OLD | changes, ensure_ascii=False).encode(), "realblur@1")


def test_every_note_of_version_1_has_its_field():
    infinite = (math.inf, math.inf)
    assert migrated() == ScoreRecord(
        "a/1",
        {
            "realblur@1": ProtocolScores(
                {"psnr": math.inf, "ssim": 1.0, "lpips": None},
                {"lpips": "There are no weights."},
                {"psnr": infinite, "ssim": (1.0, 1.0), "lpips": (None, None)},
                AlignmentFacts(0.75, (1, 0, 0, 0, 1, 0, 0, 0, 1)),
            )
        },
        0.5,
        "ok",
        None,
        "a",
        (48, 64),
        "0ef2ca3823876995",
        "a079e8a3d1c3ff6e",
        32,
    )


def test_what_is_migrated_is_version_2_when_it_is_written():
    line = encode_record(migrated())
    assert is_version_1(json.dumps(OLD).encode())
    assert not is_version_1(line)
    assert decode_record(line, "realblur@1") == migrated()


def test_a_null_without_a_reason_gets_one():
    assert migrated(notes={}).first.nulls == {"lpips": NO_REASON}
    failed = migrated(status="failed", metrics={"psnr": None}, notes={"group": "a"})
    assert (failed.reason, failed.group, failed.metrics) == (NO_REASON, "a", {"psnr": None})
    assert migrated(status="failed", reason="It broke.", metrics={"psnr": None}, notes={}).reason == "It broke."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"notes": {"mood": "good"}}, "unknown key 'notes'"),
        ({"notes": []}, "^metrics"),
        ({"notes": {"size": "large"}}, "^size: expected"),
        ({"notes": {"null": {"ssim": 1}}}, "^nulls"),
        ({"notes": {"null": "x"}}, "^nulls"),
        ({"metrics": {"psnr": "NaN"}}, "^metrics"),
        ({"metrics": []}, "^"),
        ({"reason": "because"}, "^reason"),
    ],
)
def test_a_damaged_line_of_version_1_is_refused(changes: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        migrated(**changes)


def test_an_image_may_be_called_notes():
    record = ScoreRecord("notes", {"rgb@1": ProtocolScores({"psnr": 1.0})})
    assert decode_record(encode_record(record), "rgb@1") == record
