from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from restorebench.bench.machine.first_that_fit import FirstThatFit


def refused() -> str:
    raise AssertionError("made without room")


def test_the_first_that_fit_stay_and_what_does_not_fit_is_not_made() -> None:
    store = FirstThatFit[str](10)
    assert store.keep("a", 6, lambda: "A") == "A"
    assert store.keep("b", 5, refused) is None
    assert store.keep("c", 4, lambda: "C") == "C"
    assert [store.get(key) for key in "abc"] == ["A", None, "C"]


def test_a_key_keeps_its_first_value() -> None:
    store = FirstThatFit[str](10)
    store.keep("a", 6, lambda: "A")
    assert store.keep("a", 6, refused) == "A"


def test_a_store_is_off_only_while_it_can_have_nothing() -> None:
    assert FirstThatFit[str]().is_off
    store = FirstThatFit[str](3)
    assert not store.is_off
    store.keep("a", 3, lambda: "A")
    assert not store.is_off, "it is full, not off"


def test_threads_take_no_more_than_there_is() -> None:
    store = FirstThatFit[int](100)
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda number: store.keep(number, 7, lambda: number), range(200)))
    assert sum(value is not None for value in kept) == 100 // 7
