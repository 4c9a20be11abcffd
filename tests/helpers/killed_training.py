"""A training that is killed after some iterations."""

from __future__ import annotations

from restorebench.bench.terminal.progress import Silent

__all__ = ["Dies", "Killed"]


class Killed(BaseException):
    """Not an Exception, so that nothing on the way can mistake it for one."""


class Dies(Silent):
    """Kills the training after some iterations."""

    def __init__(self, after: int) -> None:
        self.left = after

    def advance(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed
