from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from helpers.waiting import wait_until
from restorebench.bench.evaluation.pipeline import Pipeline


def test_records_come_in_the_order_of_the_items_however_long_each_takes():
    scored = defaultdict[int, threading.Event](threading.Event)

    def score(item: int, loaded: int, restored: int) -> tuple[int, int, int]:
        if item % 3 == 0:
            assert scored[item + 1].wait(60)  # its successor overtakes it
        scored[item].set()
        return item, loaded, restored

    pipeline = Pipeline(lambda item: item * 10, lambda item, loaded: item + loaded, score, workers=3)
    assert list(pipeline.run(range(20))) == [(i, 10 * i, 11 * i) for i in range(20)]


def test_the_model_only_ever_runs_in_the_calling_thread():
    threads: set[int] = set()

    def restore(_item: int, _loaded: int) -> int:
        threads.add(threading.get_ident())
        return 0

    list(Pipeline(lambda item: item, restore, lambda i, _a, _b: i, workers=2).run(range(5)))
    assert threads == {threading.get_ident()}


def test_no_more_images_are_alive_than_the_workers_allow():
    alive, most, lock = 0, 0, threading.Lock()
    items, workers = 60, 2
    begun = [threading.Event() for _ in range(items)]

    def load(item: int) -> int:
        nonlocal alive, most
        with lock:
            alive += 1
            most = max(most, alive)
        begun[item].set()
        return item

    def score(item: int, _loaded: int, _restored: int) -> int:
        nonlocal alive
        assert begun[min(item + workers + 1, items - 1)].wait(60)  # held until others were loaded ahead of it
        with lock:
            alive -= 1
        return item

    list(Pipeline(load, lambda _item, loaded: loaded, score, workers=workers).run(range(items)))
    assert workers + 2 <= most <= 2 * workers + 3


def test_items_are_taken_as_needed_not_all_at_once():
    taken: list[int] = []

    def source() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            yield item

    records: Any = Pipeline(lambda i: i, lambda i, _: i, lambda i, _a, _b: i, workers=2).run(source())
    next(records)
    assert len(taken) < 12
    records.close()


def test_interrupting_the_model_still_yields_what_was_restored():
    interrupted = threading.Event()

    def restore(item: int, _loaded: int) -> int:
        if item == 3:
            interrupted.set()
            raise KeyboardInterrupt
        return item

    def score(item: int, _loaded: int, _restored: int) -> int:
        assert interrupted.wait(60)
        return item

    got: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        got.extend(Pipeline(lambda i: i, restore, score, workers=4).run(range(10)))
    # list.extend keeps what it consumed before the error.
    assert got == [0, 1, 2]


def test_a_fault_in_a_stage_reaches_the_caller_and_ends_the_threads():
    def score(_item: int, _loaded: int, _restored: int) -> int:
        raise ZeroDivisionError

    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        list(Pipeline(lambda i: i, lambda i, _: i, score, workers=2).run(range(10)))
    wait_until(lambda: threading.active_count() <= before, seconds=30)
