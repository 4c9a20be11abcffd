from __future__ import annotations

import os
import signal
import threading

import pytest
from restorebench.bench.machine.signals import Interrupted, defer_interruption, raise_on_termination


def send(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_waits_and_the_second_does_not(number: int) -> None:
    before = signal.getsignal(number)
    with defer_interruption() as deferred:
        assert deferred.number is None
        send(number)
        assert deferred.number == number
        with pytest.raises(Interrupted) as stopped:
            send(number)
    assert stopped.value.exit_code == 128 + number
    assert signal.getsignal(number) is before


def test_a_termination_is_an_interruption() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt) as stopped, raise_on_termination():
        send(signal.SIGTERM)
    assert isinstance(stopped.value, Interrupted)
    assert stopped.value.exit_code == 143
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with defer_interruption() as deferred:
            send(signal.SIGINT)
        assert deferred.number is None
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_has_no_signals_to_defer() -> None:
    seen: list[bool] = []

    def body() -> None:
        with defer_interruption() as deferred:
            seen.append(deferred.number is None)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert seen == [True]
