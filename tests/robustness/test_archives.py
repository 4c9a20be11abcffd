"""Archives for submission: mutated ones are refused by a sentence, bombs quickly."""

from __future__ import annotations

import hashlib
import io
import json
import random
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.runs.run import load_run
from restorebench.reports.submission import check_archive, pack_run

from robustness.driver import Tally
from robustness.mutations import damaged_bytes, damaged_json

Contents = dict[str, bytes]


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    folder = tmp_path_factory.mktemp("archives")
    run = load_run(write_run(folder, FakeRun(images=6, selected=6, found=6)))
    with zipfile.ZipFile(pack_run(run, folder / "run.zip")) as stream:
        return {name: stream.read(name) for name in stream.namelist()}


def zipped(contents: Contents, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as stream:
        for name, data in contents.items():
            stream.writestr(name, data)
    return buffer.getvalue()


def consistent(contents: Contents) -> Contents:
    """The same contents under a manifest that lists their digests."""
    manifest = json.loads(contents["manifest.json"])
    for name in ("run.json", "scores.jsonl"):
        manifest["files"][name] = {
            "bytes": len(contents[name]),
            "sha256": hashlib.sha256(contents[name]).hexdigest(),
        }
    return {**contents, "manifest.json": json.dumps(manifest).encode()}


def mutation(contents: Contents, draw: random.Random) -> bytes:
    whole = _zipped_once(tuple(contents.items()), draw.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))
    match draw.randrange(6):
        case 0 | 1:
            return damaged_bytes(whole, draw)
        case 2:  # the directory at the end, where every byte counts
            return whole[:-300] + damaged_bytes(whole[-300:], draw)
        case 3:
            return zipped({**contents, "manifest.json": _damaged(contents["manifest.json"], draw)})
        case 4:
            return zipped(consistent({**contents, "run.json": _damaged(contents["run.json"], draw)}))
        case _:
            lines = contents["scores.jsonl"].splitlines()
            place = draw.randrange(len(lines))
            lines[place] = _damaged(lines[place], draw)
            return zipped(consistent({**contents, "scores.jsonl": b"\n".join(lines) + b"\n"}))


@cache
def _zipped_once(contents: tuple[tuple[str, bytes], ...], method: int) -> bytes:
    return zipped(dict(contents), method)


def _damaged(content: bytes, draw: random.Random) -> bytes:
    if draw.random() < 0.3:
        return damaged_bytes(content, draw)
    return damaged_json(json.loads(content), draw).encode(errors="surrogatepass")


def test_mutated_archives(contents: Contents, tmp_path: Path, fuzzed: Callable[..., Tally]) -> None:
    def read(content: bytes) -> None:
        place = tmp_path / "run.zip"
        place.write_bytes(content)
        check_archive(place)

    tally = fuzzed("archives", lambda draw: mutation(contents, draw), read, count=600)
    assert tally.refused > tally.tried // 2
