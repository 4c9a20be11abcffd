"""Commands in processes of their own that are killed at a chosen step of their writing."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import re
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["outcome", "perform"]

CHANGES = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate")
PRELOADED = ["torch", "pandas", "restorebench.bench.cli", "restorebench.bench.training.trainer"]
VOLATILE = ("command", "created", "environment", "resumed_in", "seconds", "seconds_p50", "seconds_p95")
"""Keys of records and run folders that say when, where and how fast."""


def perform(words: Sequence[str], place: Path, *, kill_at: int = 0, after: float = 0.0) -> tuple[int, int]:
    """Run a command in a process of its own.

    Args:
        words: of the command line; `fetch URL FILE SHA256` downloads from any address.
        place: files below it are watched.
        kill_at: kill -9 the process at this change of a file or folder, counted from 1; 0 lets it finish.
        after: seconds from then until it is killed, in which it writes on.

    Returns:
        The exit code, -9 after a kill, and the number of changes.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_body, args=(list(words), str(place), kill_at, after, sender))
    process.start()
    sender.close()
    process.join()
    try:
        changes = receiver.recv()
    except EOFError:  # it was killed
        changes = kill_at
    return process.exitcode or 0, changes


def _body(words: list[str], place: str, kill_at: int, after: float, sender: Any) -> None:
    changes = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal changes
        if not _changes(event, arguments) or not str(arguments[0]).startswith(place):
            return
        changes += 1
        if changes == kill_at:
            threading.Timer(after, _die).start() if after else _die()

    sys.stdout = sys.stderr = io.StringIO()
    sys.addaudithook(watch)
    code = _call(words)
    sender.send(changes)
    sender.close()
    os._exit(code)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _changes(event: str, arguments: tuple[Any, ...]) -> bool:
    if event != "open":
        return event in CHANGES
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _call(words: list[str]) -> int:
    if words[0] == "fetch":
        from restorebench.bench.models.downloads import download

        download(words[1], Path(words[2]), words[3])
        return 0
    from restorebench.bench.cli import main

    return main(words)


def outcome(out: Path) -> Mapping[str, object]:
    """What a command has made below a folder, without what differs from one time to the next."""
    files = [path for path in sorted(out.rglob("*")) if path.is_file() and not path.name.endswith(".lock")]
    return {path.relative_to(out).as_posix(): _content(path) for path in files if path.name != "state.pt"}


def _content(path: Path) -> object:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return {name: value.tolist() for name, value in load_file(path).items()}
    if path.name == "log.csv":
        return [
            line.rsplit(",", 3)[0] for line in path.read_text(encoding="utf-8").splitlines()
        ]  # three columns of times are last
    if path.name == "training.html":  # speed, and when the pictures were made
        return re.sub(r"<dt>(Iterations/s|Waiting for data)</dt><dd>.*?</dd>|\?[0-9a-f]+", "", path.read_text("utf-8"))
    if path.name == "run.json":
        return _lasting(json.loads(path.read_bytes()))
    if path.name == "scores.jsonl":
        return [_lasting(json.loads(line)) for line in path.read_bytes().splitlines()]
    return path.read_bytes()


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lasting(item) for key, item in value.items() if key not in VOLATILE}
    return [_lasting(item) for item in value] if isinstance(value, list) else value
