"""Archives of runs for submission to a leaderboard, with a manifest, and their verification.

The manifest contains the sha256 of every file, so damaged or edited archives are rejected; results are recomputed
from the records, so edited summaries are rejected too. The manifest is not a signature: the author of an archive can
still put anything into it.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..bench.errors import RunFolderError
from ..bench.files.atomic import replacing
from ..bench.files.codec import decode, encode, parse_json
from ..bench.runs.run import RUN_FILE, SCORES_FILE, Run, cell_name, load_run
from ..bench.terminal.wording import counted
from .board.summaries import fits_records

__all__ = ["archive_name", "check_archive", "pack_run", "run_problems"]

MANIFEST = "manifest.json"
FORMAT = 1
MOST_BYTES = 200_000_000
"""Maximum size of a file in an archive; a run of 100 000 images has 50 MB of records."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Constant timestamp, so that the same run gives the same archive."""


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One file of an archive."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says that it holds."""

    format: int
    model: str
    dataset: str
    protocol: str
    plan_sha256: str
    files: Mapping[str, PackedFile]


def run_problems(run: Run) -> list[str]:
    """List the obstacles to submitting a run, one sentence each; empty if there are none."""
    info, records = run.info, run.records
    problems: list[str] = []
    if info.plan.sha256 != info.plan_sha256:
        problems.append("The plan was changed after the run had started: its hash differs.")
    if len(records) < info.selected:
        problems.append(f"The run is unfinished: {len(records)} of {info.selected} images; run the same command again.")
    if failed := sum(record.status != "ok" for record in records):
        problems.append(f"{counted(failed, 'image')} failed; run the same command again.")
    if info.summary is None:
        problems.append("There is no summary; run the same command again.")
    elif not fits_records(run, info.summary):
        problems.append("The summary does not match the records.")
    for metric in info.protocol.metrics:
        missing = sum(metric not in record.metrics for record in records)
        if missing:
            problems.append(f"The metric {metric} is missing in {counted(missing, 'record')}.")
    return problems


def pack_run(run: Run, archive: Path) -> Path:
    """Write a run's `run.json` and `scores.jsonl` with a manifest to a zip file.

    Raises:
        RunFolderError: the run cannot be submitted; the message gives the reasons.
        OSError: the archive cannot be written; an older one is unchanged.
    """
    problems = run_problems(run)
    if problems:
        raise RunFolderError(f"{run.path} cannot be submitted: {' '.join(problems)}")
    contents = {name: (run.path / name).read_bytes() for name in (RUN_FILE, SCORES_FILE)}
    files = {name: PackedFile(len(data), _digest(data)) for name, data in contents.items()}
    manifest = Manifest(FORMAT, run.model, run.dataset, run.protocol, run.info.plan_sha256, files)
    contents[MANIFEST] = json.dumps(encode(manifest), indent=2, ensure_ascii=False).encode()
    archive.parent.mkdir(parents=True, exist_ok=True)
    with replacing(archive) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as stream:
        for name, data in contents.items():
            stream.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
    return archive


def archive_name(run: Run) -> str:
    """Descriptive file name of an archive, short enough for every file system."""
    return f"{cell_name(run.dataset)}--{cell_name(run.model)}--{run.info.plan_sha256[:8]}.zip"


def check_archive(archive: Path) -> Run:
    """Read and verify an archive.

    Returns:
        The run, whose `path` is the archive.

    Raises:
        RunFolderError: the file is not an archive of a run, or is damaged, edited or incomplete.
    """
    try:
        contents = _contents(archive)
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise RunFolderError(f"{archive} is not an archive written by `restorebench submit`: {error}.") from error
    with tempfile.TemporaryDirectory() as folder:
        for name, data in contents.items():
            Path(folder, name).write_bytes(data)
        run = load_run(folder)
    problems = run_problems(run)
    if _manifest(contents[MANIFEST]).plan_sha256 != run.info.plan_sha256:
        problems.append("The manifest belongs to a different plan.")
    if problems:
        raise RunFolderError(f"{archive} is rejected: {' '.join(problems)}")
    return Run(archive, run.info, run.records)


def _contents(archive: Path) -> dict[str, bytes]:
    """Read the files of an archive, checked against its manifest.

    Raises:
        ValueError: a file is missing, unexpected, duplicated, too large, or does not match the manifest.
    """
    expected = {RUN_FILE, SCORES_FILE, MANIFEST}
    with zipfile.ZipFile(archive) as stream:
        names = stream.namelist()
        if sorted(names) != sorted(expected):
            raise ValueError(
                f"it contains {', '.join(sorted(names)) or 'nothing'} instead of {', '.join(sorted(expected))}"
            )
        for member in stream.infolist():
            if member.file_size > MOST_BYTES:
                raise ValueError(f"{member.filename} is larger than {MOST_BYTES // 1_000_000} MB")
        contents = {name: stream.read(name) for name in names}
    manifest = _manifest(contents[MANIFEST])
    if manifest.format != FORMAT:
        raise ValueError(f"its format is {manifest.format}, but this restorebench reads {FORMAT}")
    for name in (RUN_FILE, SCORES_FILE):
        if name not in manifest.files or manifest.files[name].sha256 != _digest(contents[name]):
            raise ValueError(f"{name} was changed after packing")
    return contents


def _manifest(content: bytes) -> Manifest:
    try:
        return decode(Manifest, parse_json(content))
    except ValueError as error:
        raise ValueError(f"{MANIFEST}: {error}") from error


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
