"""Official weights from their official addresses, only when a person asks: `restorebench fetch`.

A download is written beside its destination, resumed where it broke off, checked against its sha256 and only then
given its name, so that a file that is there is complete.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from ..errors import CheckpointError
from ..files.fingerprints import file_sha256

__all__ = ["DownloadProgress", "download"]

DownloadProgress = Callable[[int, int | None], None]
"""Told the bytes that are there and the bytes in all, `None` where the server does not say."""

_CHUNK = 1 << 20
_TIMEOUT_SECONDS = 30.0
_AGENT = {"User-Agent": "restorebench"}


def download(
    url: str,
    destination: Path,
    sha256: str = "",
    *,
    progress: DownloadProgress | None = None,
    timeout: float = _TIMEOUT_SECONDS,
) -> Path:
    """Download a file, whole or not at all.

    Args:
        url: http or https.
        destination: the file; its folder is created. An existing file is replaced.
        sha256: of the whole file, in hexadecimal; `""` if unknown. Only a file whose digest is known is resumed,
            because nothing else shows that both halves belong together.
        progress: called after each piece.
        timeout: seconds without a byte until the server counts as gone.

    Returns:
        `destination`.

    Raises:
        CheckpointError: no network, no such file, a connection that broke, another content than expected, a full
            disk, or another process that is downloading the same file. What was received of a file with a known
            digest is kept, under another name, for the next attempt.
    """
    part = destination.with_name(f"{destination.name}.part")
    lock = part.with_name(f"{part.name}.lock")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock, timeout=0):
            if not sha256:
                part.unlink(missing_ok=True)
            _receive(url, part, progress, timeout)
            _verify(url, part, sha256)
            part.replace(destination)
            lock.unlink(missing_ok=True)
    except Timeout as error:
        raise CheckpointError(f"Another process is downloading {destination}: wait for it.") from error
    except OSError as error:
        raise CheckpointError(f"{destination} cannot be written: {error.strerror or error}.") from error
    return destination


def _receive(url: str, part: Path, progress: DownloadProgress | None, timeout: float) -> None:
    """Append to `part` what is missing of it."""
    start = part.stat().st_size if part.exists() else 0
    with _request(url, start, timeout) as response:
        if response is None:
            return
        resumed = response.status == HTTPStatus.PARTIAL_CONTENT
        received = start if resumed else 0
        length = response.headers.get("Content-Length")
        total = None if length is None else received + int(length)
        with part.open("ab" if resumed else "wb") as file:
            for piece in _pieces(url, response):
                file.write(piece)
                received += len(piece)
                if progress is not None:
                    progress(received, total)
    if total is not None and received < total:
        raise _broken(url, f"after {received} of {total} bytes")


@contextmanager
def _request(url: str, start: int, timeout: float) -> Generator[HTTPResponse | None]:
    """The answer to a request from byte `start` on; `None` if the server says that nothing is missing."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise CheckpointError(f"{url!r} is not an address that can be downloaded: it must begin with https://.")
    headers = {**_AGENT, "Range": f"bytes={start}-"} if start else _AGENT
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 -- the scheme was just checked
    try:
        response = cast("HTTPResponse", urllib.request.urlopen(request, timeout=timeout))  # noqa: S310 -- as above
    except urllib.error.HTTPError as error:
        if start == 0 or error.code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise CheckpointError(_refusal(url, error)) from error
        response = None
    except (OSError, HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise CheckpointError(
            f"{urlsplit(url).hostname} cannot be reached ({reason}): check the network, or download {url} elsewhere."
        ) from error
    if response is None:
        yield None
        return
    with response:
        yield response


def _pieces(url: str, response: HTTPResponse) -> Iterator[bytes]:
    try:
        while piece := response.read(_CHUNK):
            yield piece
    except (OSError, HTTPException) as error:
        raise _broken(url, f"({error or type(error).__name__})") from error


def _broken(url: str, when: str) -> CheckpointError:
    host = urlsplit(url).hostname
    return CheckpointError(f"The connection to {host} broke {when}: run the same command again to go on.")


def _refusal(url: str, error: urllib.error.HTTPError) -> str:
    if error.code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return f"{url} does not exist any more ({error.code}): look for the file on its authors' page."
    return f"{url} was refused by its server ({error.code} {error.reason}): try again later, or download it by hand."


def _verify(url: str, part: Path, sha256: str) -> None:
    if sha256 and (found := file_sha256(part)) != sha256:
        part.unlink()
        raise CheckpointError(
            f"What {url} sent is not the expected file (its sha256 is {found}, expected {sha256}): nothing was kept."
        )
