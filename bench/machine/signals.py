"""Interruption by Ctrl-C or by SIGTERM, which batch systems send before they kill."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TypeAlias

__all__ = ["Deferred", "Interrupted", "defer_interruption", "raise_on_termination"]

Handler: TypeAlias = Callable[[int, FrameType | None], object]


class Interrupted(KeyboardInterrupt):
    """An interruption, with what there is to say about it.

    Args:
        message: one sentence, or `""` for that of the command line.
        number: of the signal.
    """

    def __init__(self, message: str = "", number: int = signal.SIGINT) -> None:
        super().__init__(message)
        self.number = number

    @property
    def exit_code(self) -> int:
        """130 after Ctrl-C and 143 after SIGTERM, by shell convention."""
        return 128 + self.number


@dataclass(slots=True)
class Deferred:
    """Whether an interruption waits for the block to notice it."""

    number: int | None = None
    """Of the signal; `None` before any."""


@contextmanager
def raise_on_termination() -> Generator[None]:
    """Raise `Interrupted` in the block on SIGTERM, so that everything is closed and said as after Ctrl-C."""

    def handle(number: int, _: FrameType | None) -> None:
        raise Interrupted(number=number)

    with _handled({signal.SIGTERM: handle}):
        yield


@contextmanager
def defer_interruption() -> Generator[Deferred]:
    """Note the first SIGINT or SIGTERM, for the block to end where nothing is half done; raise on the second.

    Outside the main thread, which alone receives signals, nothing is noted.
    """
    deferred = Deferred()

    def handle(number: int, _: FrameType | None) -> None:
        if deferred.number is not None:
            raise Interrupted(number=number)
        deferred.number = number

    with _handled({signal.SIGINT: handle, signal.SIGTERM: handle}):
        yield deferred


@contextmanager
def _handled(handlers: dict[signal.Signals, Handler]) -> Generator[None]:
    """Install handlers, but none for a signal that is ignored, as SIGINT is in the background of a shell script."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with ExitStack() as restored:
        for number, handler in handlers.items():
            before = signal.getsignal(number)
            if before is not None and before is not signal.SIG_IGN:
                signal.signal(number, handler)
                restored.callback(signal.signal, number, before)
        yield
