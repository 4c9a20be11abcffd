from __future__ import annotations

import random

import pytest
from helpers.memory_dataset import make_dataset
from restorebench.bench.contracts import ImagePair
from restorebench.bench.evaluation.engines.cluster.shards import LARGEST, MOST_LOSSES, Backlog, Shard


def pairs(count: int) -> list[ImagePair]:
    return list(make_dataset(count))


def report(backlog: Backlog, shard: Shard, count: int | None = None) -> list[str]:
    keys = list(shard.pairs)[:count]
    for key in keys:
        backlog.recorded(shard, key)
    return keys


def test_a_worker_keeps_its_model_while_that_has_images_left():
    backlog = Backlog([(0, pairs(40)), (1, pairs(40)), (0, pairs(40))], in_flight=4)
    shard = backlog.take(2)
    assert shard is not None
    models = [shard.model]
    while shard is not None:
        report(backlog, shard)
        backlog.ended(shard)
        shard = backlog.take(2, models[-1])
        models += [shard.model] if shard else []
    assert sorted(models) == models or sorted(models, reverse=True) == models  # each was loaded once
    assert set(models) == {0, 1}


def test_workers_spread_over_models_by_what_is_left():
    backlog = Backlog([(0, pairs(300)), (1, pairs(100))], in_flight=4)
    shards = [backlog.take(4) for _ in range(4)]
    assert sorted(shard.model for shard in shards if shard) == [0, 0, 0, 1]


def test_shards_shrink_so_that_workers_finish_together():
    backlog = Backlog([(0, pairs(200))], in_flight=4)
    sizes: list[int] = []
    while (shard := backlog.take(4, 0)) is not None:
        sizes.append(len(shard.pairs))
    assert sum(sizes) == 200
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 200 // 8 <= LARGEST
    assert sizes[-1] == 1


def test_no_image_is_lost_or_doubled_whatever_happens_to_workers():
    rng = random.Random(0)  # noqa: S311 -- a test's
    backlog = Backlog([(0, pairs(60)), (1, pairs(50)), (1, pairs(3))], in_flight=3)
    out: list[Shard] = []
    recorded: list[tuple[int, str]] = []
    while any(backlog.left(cell) for cell in range(3)):
        if len(out) < 5 and (shard := backlog.take(5, rng.choice([None, 0, 1]))) is not None:
            out.append(shard)
            continue
        shard = out.pop(rng.randrange(len(out)))
        recorded += [(shard.cell, key) for key in report(backlog, shard, rng.randrange(len(shard.pairs) + 1))]
        if not shard.pairs:
            backlog.ended(shard)
        else:
            failed = backlog.lost(shard, by_image=rng.random() < 0.5)
            recorded += [(shard.cell, key) for key in failed]
    assert len(recorded) == len(set(recorded)) == 113
    assert backlog.waiting == 0


def killed(backlog: Backlog, killer: str) -> tuple[int, list[str]]:
    """How many workers one image takes with it, and what was done besides."""
    deaths, done, failed = 0, list[str](), list[str]()
    while (shard := backlog.take(1)) is not None:
        for key in list(shard.pairs):
            if key == killer:
                break
            backlog.recorded(shard, key)
            done.append(key)
        if not shard.pairs:
            backlog.ended(shard)
            continue
        deaths += 1
        failed += backlog.lost(shard, by_image=True)
    assert failed == [killer]
    return deaths, done


def test_an_image_that_kills_its_worker_twice_is_given_up_and_no_other_is():
    images = pairs(30)
    deaths, done = killed(Backlog([(0, images)], in_flight=4), images[7].key)
    assert deaths == 2
    assert sorted(done) == sorted(pair.key for pair in images if pair is not images[7])


def test_images_beside_the_killer_are_done_alone_and_after_the_untouched_ones():
    images = pairs(8)
    backlog = Backlog([(0, images)], in_flight=2)
    first = Shard(0, 0, {})
    while len(first.pairs) < 4:
        first = backlog.take(1) or first
    assert list(first.pairs) == [pair.key for pair in images[:4]]
    assert backlog.lost(first, by_image=True) == []
    shards: list[tuple[bool, list[str]]] = []
    while (shard := backlog.take(1)) is not None:
        shards.append((shard.alone, list(shard.pairs)))
    alone = [keys for is_alone, keys in shards if is_alone]
    assert alone == [[images[0].key], [images[1].key]]
    assert shards[-2:] == [(True, keys) for keys in alone]


def test_a_lost_node_blames_no_image_but_not_for_ever():
    images = pairs(1)
    backlog = Backlog([(0, images)], in_flight=4)
    for _ in range(MOST_LOSSES - 1):
        shard = backlog.take(1)
        assert shard is not None
        assert not shard.alone
        assert backlog.lost(shard, by_image=False) == []
    shard = backlog.take(1)
    assert shard is not None
    assert backlog.lost(shard, by_image=False) == [images[0].key]
    assert backlog.left(0) == 0


@pytest.mark.parametrize("end", ["ended", "lost"])
def test_a_model_that_is_dropped_comes_back_from_no_worker(end: str):
    backlog = Backlog([(0, pairs(10)), (1, pairs(2))], in_flight=4)
    shard = backlog.take(1, 0)
    assert shard is not None
    assert backlog.drop(0) == [0]
    assert backlog.left(0) == len(shard.pairs)
    if end == "ended":
        backlog.ended(shard)
    else:
        backlog.lost(shard, by_image=False)
    assert backlog.left(0) == 0
    assert backlog.waiting == 2
