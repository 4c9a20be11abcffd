"""Official weights from their official addresses, only when a person asks: `restorebench fetch`.

A download is written beside its destination, resumed where it broke off, checked against its sha256 and only then
given its name, so that a file that is there is complete.
"""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from ..errors import CheckpointError
from ..files.atomic import replace_file
from ..files.fingerprints import file_sha256
from .part_tags import PartTag

__all__ = ["DownloadProgress", "download"]

DownloadProgress = Callable[[int, int | None], None]
"""Told the bytes that are there and the bytes in all, `None` where the server does not say."""

MOST_BYTES = 8 << 30
"""Size beyond which a download is refused; the largest official weights have less than 1 GB."""

_SCHEMES = frozenset({"http", "https"})
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
    most: int = MOST_BYTES,
    resume_by_tag: bool = False,
) -> Path:
    """Download a file, whole or not at all.

    Args:
        url: http or https.
        destination: the file; its folder is created. An existing file is replaced.
        sha256: of the whole file, in hexadecimal; `""` if unknown. A file whose digest is known is always resumed, any
            other only with `resume_by_tag`, because else nothing shows that both halves belong together.
        progress: called after each piece.
        timeout: seconds without a byte until the server counts as gone.
        most: bytes that the file may have.
        resume_by_tag: resume a file without a digest too, if the server says that it is still the same one.

    Returns:
        `destination`.

    Raises:
        CheckpointError: no network, no such file, a connection that broke, another content than expected (a web page,
            nothing, too much), a redirection to something else than http or https, a full disk, or another process
            that is downloading the same file. What was received of a file with a known digest is kept, under another
            name, for the next attempt.
    """
    part = destination.with_name(f"{destination.name}.part")
    lock = part.with_name(f"{part.name}.lock")
    tag = PartTag(part) if resume_by_tag and not sha256 else None
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock, timeout=0):
            try:
                if not sha256 and not (tag and tag.version(url)):
                    part.unlink(missing_ok=True)
                _receive(url, part, progress, timeout, most, tag)
                _verify(url, part, sha256)
                replace_file(part, destination)
            finally:
                if not sha256 and not (tag and tag.version(url)):
                    part.unlink(missing_ok=True)
                if tag and not part.exists():
                    tag.drop()
                with suppress(OSError):  # some systems delete no file that is open
                    lock.unlink(missing_ok=True)
    except Timeout as error:
        raise CheckpointError(f"Another process is downloading {destination}: wait for it.") from error
    except OSError as error:
        raise CheckpointError(f"{destination} cannot be written: {error.strerror or error}.") from error
    return destination


def _receive(  # noqa: PLR0917 -- private; the last one is rare
    url: str, part: Path, progress: DownloadProgress | None, timeout: float, most: int, tag: PartTag | None
) -> None:
    """Append to `part` what is missing of it."""
    start = part.stat().st_size if part.exists() else 0
    with _request(url, start, timeout, tag.version(url) if tag else "") as response:
        if response is None:
            return
        resumed = _is_rest(url, response, part, start)
        if tag and not resumed:
            tag.keep(url, response.headers)
        received = start if resumed else 0
        length = _length(url, response)
        total = None if length is None else received + length
        if total is not None and total > most:
            raise _too_large(url, most)
        with part.open("ab" if resumed else "wb") as file:
            for piece in _pieces(url, response):
                received += len(piece)
                if received > most:
                    file.truncate(0)
                    raise _too_large(url, most)
                file.write(piece)
                if progress is not None:
                    progress(received, total)
    if total is not None and received < total:
        raise _broken(url, f"after {received} of {total} bytes")


def _is_rest(url: str, response: HTTPResponse, part: Path, start: int) -> bool:
    """Whether a server sends what is missing after byte `start`, and not everything."""
    if response.status == HTTPStatus.OK:
        return False
    if response.status != HTTPStatus.PARTIAL_CONTENT or start == 0:
        raise CheckpointError(f"{url} was answered with status {response.status} instead of a file: try again later.")
    if re.match(rf"bytes {start}-", response.headers.get("Content-Range", f"bytes {start}-")) is None:
        part.unlink(missing_ok=True)
        raise CheckpointError(f"{url} was answered with another part of the file than the missing one: try again.")
    return True


def _length(url: str, response: HTTPResponse) -> int | None:
    """Bytes that the server announces; `None` if it does not say."""
    text = response.headers.get("Content-Length")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004 -- digits of 64 bits
        raise CheckpointError(f"{url} was answered with the length {text[:40]!r}, which is none: try again later.")
    return int(text)


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirections to http and https, and to nothing else."""

    def redirect_request(  # noqa: PLR0917 -- the base class calls it so
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        _check_address(newurl, f"{req.full_url} leads to {newurl[:200]!r}, which")
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def http_error_302(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> object:
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except (CheckpointError, ValueError):  # the base class closes the answer only where it goes on
            fp.close()
            raise

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _check_address(url: str, subject: str) -> None:
    """Refuse what is no address on the web, in a sentence that begins with `subject`."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _SCHEMES and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:  # a port that is no number, brackets that do not match
        usable = False
    if not usable:
        raise CheckpointError(f"{subject} is not an address that can be downloaded: it must begin with https://.")


@contextmanager
def _request(url: str, start: int, timeout: float, version: str) -> Generator[HTTPResponse | None]:
    """The answer to a request from byte `start` on; `None` if the server says that nothing is missing."""
    _check_address(url, repr(url))
    headers = {**_AGENT, "Range": f"bytes={start}-"} if start else dict(_AGENT)
    if start and version:
        headers["If-Range"] = version
    opener = urllib.request.build_opener(_WebOnly)
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 -- the scheme was just checked
        response = cast("HTTPResponse", opener.open(request, timeout=timeout))
    except urllib.error.HTTPError as error:
        with error:
            if start == 0 or error.code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise CheckpointError(_refusal(url, error)) from error
        response = None
    except (OSError, HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        said = str(reason)[:200] or type(reason).__name__
        raise CheckpointError(
            f"{urlsplit(url).hostname} cannot be reached ({said}): check the network, or download {url} on another "
            "machine."
        ) from error
    if response is None:
        yield None
        return
    with response:
        yield response


def _pieces(url: str, response: HTTPResponse) -> Iterator[bytes]:
    try:
        # What has arrived at once, so that a server that stalls takes nothing of it away.
        while piece := response.read1(_CHUNK):
            yield piece
    except (OSError, HTTPException, ValueError) as error:
        raise _broken(url, f"({str(error)[:200] or type(error).__name__})") from error


def _too_large(url: str, most: int) -> CheckpointError:
    return CheckpointError(f"{url} sends more than {most / 1e9:g} GB, which is not the file: nothing was kept.")


def _broken(url: str, when: str) -> CheckpointError:
    host = urlsplit(url).hostname
    return CheckpointError(f"The connection to {host} broke {when}: run the same command again to go on.")


def _refusal(url: str, error: urllib.error.HTTPError) -> str:
    if error.code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return f"{url} does not exist any more ({error.code}): look for the file on its authors' page."
    reason = str(error.reason).strip().partition("\n")[0][:200]
    if error.code // 100 == HTTPStatus.MULTIPLE_CHOICES // 100:
        return f"{url} leads nowhere ({error.code} {reason}): look for the file on its authors' page."
    return f"{url} was refused by its server ({error.code} {reason}): try again later, or download it by hand."


def _verify(url: str, part: Path, sha256: str) -> None:
    """Check what was received: by its digest, or else that it may be a file of weights at all."""
    found = file_sha256(part) if sha256 else ""
    if sha256 and found == sha256:
        return
    with part.open("rb") as file:
        head = file.read(256).lstrip()
    if not head:
        problem = "nothing at all"
    elif head.startswith(b"<"):
        problem = "a web page, as dead or rate-limited links do"
    elif sha256:
        problem = f"not the expected file (its sha256 is {found}, expected {sha256})"
    else:
        return
    part.unlink()
    raise CheckpointError(f"What {url} sent is {problem}: nothing was kept.")
