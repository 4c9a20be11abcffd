"""Archives of runs for submission to a leaderboard, with a manifest, and their verification.

The manifest contains the sha256 of every file, so damaged or edited archives are rejected; results are recomputed
from the records, so edited summaries are rejected too. The manifest is not a signature: the author of an archive can
still put anything into it.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..bench.errors import RunFolderError
from ..bench.files.atomic import replacing
from ..bench.files.codec import decode, encode, parse_json
from ..bench.runs.journal import read_lines
from ..bench.runs.run import RUN_FILE, SCORES_FILE, Run, cell_name, parse_info, runs_of
from ..bench.terminal.wording import counted
from .archives import BROKEN, open_archive, open_member, sha256_of
from .board.summaries import fits_records

__all__ = ["archive_name", "check_archive", "completeness_problems", "pack_run", "run_problems"]

MANIFEST = "manifest.json"
FORMAT = 1
LIMITS = {RUN_FILE: 8_000_000, SCORES_FILE: 200_000_000, MANIFEST: 1_000_000}
"""Most bytes of each file in an archive; a run of 100 000 images has 50 MB of records."""

SHOWN = 100
"""Characters of a name in a message."""

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
    """List the obstacles to submitting a run folder, one sentence each; empty if there are none."""
    return list(dict.fromkeys(problem for each in (run, *run.others) for problem in _problems(each)))


def completeness_problems(run: Run) -> list[str]:
    """List why the means of a run, by its own protocol, are not those that its plan asked for; empty if they are."""
    info, records = run.info, run.records
    problems: list[str] = []
    if info.plan.sha256 != info.plan_sha256:
        problems.append("The plan was changed after the run had started: its hash differs.")
    if len(records) < info.selected:
        problems.append(f"The run is unfinished: {len(records)} of {info.selected} images; run the same command again.")
    if failed := sum(record.status != "ok" for record in records):
        problems.append(f"{counted(failed, 'image')} failed; run the same command again.")
    return problems


def _problems(run: Run) -> list[str]:
    """The obstacles that are in what one protocol measured."""
    info, records = run.info, run.records
    problems = completeness_problems(run)
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

    Args:
        run: by the first protocol of its folder; those by the others go with it.
        archive: to be written.

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
        with open_archive(archive, LIMITS) as stream:
            manifest = _checked_manifest(stream)
            run = _read_run(archive, stream)
    except RunFolderError as error:
        raise RunFolderError(f"{archive} is rejected: {error}") from error
    except FileNotFoundError as error:
        raise RunFolderError(f"There is no archive {archive}: correct the path.") from error
    except BROKEN as error:
        reason = str(error).rstrip(".") or type(error).__name__
        raise RunFolderError(f"{archive} is not an archive written by `restorebench submit`: {reason}.") from error
    problems = [*_contradictions(manifest, run), *run_problems(run)]
    if problems:
        raise RunFolderError(f"{archive} is rejected: {' '.join(problems)}")
    return run


def _checked_manifest(stream: zipfile.ZipFile) -> Manifest:
    """The manifest of an archive whose files are those that it lists.

    Raises:
        ValueError: it is damaged, of another format, or a file is not the one that was packed.
    """
    with open_member(stream, MANIFEST) as member:
        content = member.read()
    try:
        manifest = decode(Manifest, parse_json(content))
    except ValueError as error:
        raise ValueError(f"{MANIFEST}: {error}") from error
    if manifest.format != FORMAT:
        raise ValueError(f"its format is {manifest.format}, but this restorebench reads {FORMAT}")
    if set(manifest.files) != {RUN_FILE, SCORES_FILE}:
        raise ValueError(f"{MANIFEST} does not list {RUN_FILE} and {SCORES_FILE} alone")
    for name, packed in manifest.files.items():
        if packed != PackedFile(stream.getinfo(name).file_size, sha256_of(stream, name)):
            raise ValueError(f"{name} was changed after packing")
    return manifest


def _read_run(archive: Path, stream: zipfile.ZipFile) -> Run:
    """The run in an archive.

    Raises:
        ValueError: its `run.json` is damaged.
        RunFolderError: that is of a newer schema, or a line of its records is damaged.
    """
    with open_member(stream, RUN_FILE) as member:
        content = member.read()
    try:
        info = parse_info(content, RUN_FILE)
    except ValueError as error:
        raise ValueError(f"{RUN_FILE}: {error}") from error
    with open_member(stream, SCORES_FILE) as member:
        records = read_lines(member, f"{SCORES_FILE} ", *info.protocols).records
    return runs_of(archive, info, records)[0]


def _contradictions(manifest: Manifest, run: Run) -> Iterator[str]:
    """What the manifest says of the run and the run does not."""
    for what, packed, found in (
        ("model", manifest.model, run.model),
        ("data set", manifest.dataset, run.dataset),
        ("protocol", manifest.protocol, run.protocol),
        ("hash of the plan", manifest.plan_sha256, run.info.plan_sha256),
    ):
        if packed != found:
            yield f"The {what} is {packed[:SHOWN]!r} in {MANIFEST} and {found[:SHOWN]!r} in {RUN_FILE}."


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
