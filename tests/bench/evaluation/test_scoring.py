from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from helpers.memory_dataset import make_dataset
from restorebench.bench.contracts import UInt8Image
from restorebench.bench.errors import ImageError
from restorebench.bench.evaluation.loaded import ImageFailure, LoadedPair, Restoration
from restorebench.bench.evaluation.scoring import score_image
from restorebench.bench.protocols.protocol import get_protocol
from restorebench.bench.protocols.scorer import Scores
from restorebench.bench.runs.records import ScoreRecord


class Nobody:
    """Keeps no picture."""

    def offer(self, key: str, value: float | None, image: Callable[[], UInt8Image]) -> None:
        del key, value, image


@dataclass
class Scripted:
    """A scorer by one protocol whose answers a test chooses."""

    answers: list[Scores | Exception]
    metrics: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"rgb@1": get_protocol("rgb@1").metrics})
    rounding: None = None

    def score(self, restored: object, target: object) -> dict[str, Scores]:
        del restored, target
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"rgb@1": answer}


def record_of(*answers: Scores | Exception, loaded: LoadedPair | ImageFailure | None = None) -> ScoreRecord:
    (pair,) = make_dataset(1)
    images = tuple(pair.degraded.read() for _ in answers)
    loaded = loaded or LoadedPair.of(pair, pair.degraded.read(), pair.target.read())
    return score_image(pair, loaded, Restoration(images, 0.5, 16), Scripted(list(answers)), Nobody())  # pyright: ignore[reportArgumentType]


def test_samples_are_averaged_and_a_missing_one_has_the_reason_of_the_sample_that_lacks_it():
    record = record_of(
        Scores({"psnr": 30.0, "ssim": 0.5, "lpips": 0.1}),
        Scores({"psnr": 32.0, "ssim": math.inf, "lpips": None}, {"lpips": "It was too small."}),
    )
    assert record.metrics == {"psnr": 31.0, "ssim": math.inf, "lpips": None}
    assert record.first.nulls == {"lpips": "It was too small."}
    assert record.first.samples == {"psnr": (30.0, 32.0), "ssim": (0.5, math.inf), "lpips": (0.1, None)}
    assert (record.seconds, record.tile, record.status) == (0.5, 16, "ok")


def test_a_metric_that_gives_nan_is_null_with_a_reason_and_ends_nothing():
    record = record_of(Scores({"psnr": math.nan, "ssim": 0.5}))
    assert record.metrics == {"psnr": None, "ssim": 0.5}
    assert record.first.nulls == {"psnr": "psnr gave NaN, which is no number."}
    record.check()


def test_what_fails_is_a_record_that_says_how_far_it_came():
    failed = record_of(ImageError("It is odd."))
    assert (failed.status, failed.reason, failed.seconds) == ("failed", "It is odd.", 0.5)
    assert set(failed.metrics.values()) == {None}
    assert len(failed.pair) == 16
    unread = record_of(Scores({}), loaded=ImageFailure("It is gone."))
    assert (unread.reason, unread.pair, unread.size) == ("It is gone.", "", None)
    failed.check()
    unread.check()


def test_one_sample_has_no_list_of_samples():
    assert record_of(Scores({"psnr": 30.0})).first.samples == {}
