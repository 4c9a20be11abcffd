"""Which steps trackers have, in `tracked.json` of a folder, so that a repeated command sends nothing twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...bench.errors import RunFolderError
from ...bench.files.atomic import write_atomic
from ...bench.files.codec import decode, encode, parse_json

__all__ = ["SENT_FILE", "Sent"]

SENT_FILE = "tracked.json"


@dataclass(frozen=True, slots=True)
class _Content:
    """Content of the file: tracker to run to stream (such as `log`) to its last step."""

    trackers: Mapping[str, Mapping[str, Mapping[str, int]]] = field(
        default_factory=dict[str, Mapping[str, Mapping[str, int]]]
    )


class Sent:
    """Record of what was sent from a folder.

    Args:
        folder: holds `tracked.json` from the first step on.

    Raises:
        RunFolderError: the file is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / SENT_FILE
        try:
            content = decode(_Content, parse_json(self._path.read_bytes())) if self._path.is_file() else _Content()
        except ValueError as error:
            raise RunFolderError(
                f"{self._path} is damaged ({error}): delete it, and everything is sent to a new run of the tracker."
            ) from error
        self._trackers = {
            key: {name: dict(streams) for name, streams in runs.items()} for key, runs in content.trackers.items()
        }

    def runs(self, tracker: str) -> tuple[str, ...]:
        """Ids of the runs that a tracker has from this folder."""
        return tuple(self._trackers.get(tracker, {}))

    def last(self, tracker: str, run: str, stream: str) -> int:
        """Last step that was sent; -1 for none."""
        return self._trackers.get(tracker, {}).get(run, {}).get(stream, -1)

    def latest(self, tracker: str, run: str) -> int:
        """Last step that was sent of any stream; -1 for none."""
        return max(self._trackers.get(tracker, {}).get(run, {}).values(), default=-1)

    def note(self, tracker: str, run: str, stream: str, step: int) -> None:
        """Write down that a stream was sent up to a step.

        Raises:
            OSError: the file cannot be written.
        """
        self._trackers.setdefault(tracker, {}).setdefault(run, {})[stream] = step
        content = encode(_Content(self._trackers))
        write_atomic(self._path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
