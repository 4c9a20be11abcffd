from __future__ import annotations

import gc
from collections.abc import Generator

import pytest
from restorebench.bench.machine.garbage import collecting_later


@pytest.fixture(params=["on", "off"])
def collector(request: pytest.FixtureRequest) -> Generator[bool]:
    """Whether the collector is on in this test."""
    before, asked = gc.isenabled(), request.param == "on"
    gc.enable() if asked else gc.disable()
    yield asked
    gc.enable() if before else gc.disable()


def test_the_collector_is_as_it_was_even_after_an_error(collector: bool):  # noqa: FBT001 -- a fixture
    seen: list[bool] = []

    def fail() -> None:
        with collecting_later():
            seen.append(gc.isenabled())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert seen == [False]
    assert gc.isenabled() == collector
