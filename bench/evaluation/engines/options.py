"""Command-line options that select and configure the engine; light enough for `--help`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from cyclopts import Parameter

from ...errors import UsageError

__all__ = ["ClusterOptions", "EngineName", "parse_shard"]

EngineName = Literal["local", "ray"]


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """The options of `--engine ray`."""

    address: Annotated[str | None, Parameter(name="--address")] = None
    """Of a running Ray cluster (default: RAY_ADDRESS, else a Ray of its own on this machine)."""

    actors: Annotated[int | None, Parameter(name="--ray-workers")] = None
    """Worker processes, each with a model of its own (default: as many as the cluster has room for)."""

    cpus_per_worker: int | None = None
    """Cores of a worker (default: its share of the cores beside a GPU, up to 8; without a GPU, up to 4)."""

    gpus_per_worker: float | None = None
    """GPUs of a worker (default: 1 with --device cuda); 0.5 puts two workers on one GPU."""

    image_timeout: float | None = None
    """Seconds after which an image counts as hung (default: 1800)."""

    def check(self) -> None:
        """Refuse numbers that make no sense.

        Raises:
            UsageError: one that is not positive, or a GPU share above 1 that is no whole number.
        """
        for name, value in (
            ("--ray-workers", self.actors),
            ("--cpus-per-worker", self.cpus_per_worker),
            ("--gpus-per-worker", self.gpus_per_worker),
            ("--image-timeout", self.image_timeout),
        ):
            if value is not None and value <= 0:
                raise UsageError(f"{name} is {value:g}, but must be more than 0.")
        gpus = self.gpus_per_worker or 1
        if gpus > 1 and gpus != int(gpus):
            raise UsageError(f"--gpus-per-worker is {gpus:g}: give a part of a GPU, or a whole number of them.")


def parse_shard(text: str) -> tuple[int, int]:
    """Parse the value of `--shard`.

    Raises:
        UsageError: it is not i/n with i from 1 to n.

    >>> parse_shard("3/8")
    (3, 8)
    """
    index, _, count = text.partition("/")
    if not (index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
        raise UsageError(f"--shard is {text!r}: write i/n with i from 1 to n, such as 3/8.")
    return int(index), int(count)
