"""Official weights from their official addresses, only when a person asks: `restorebench fetch`.

A download is written beside its destination, resumed where it broke off, checked against its sha256 and only then
given its name, so that a file that is there is complete.
"""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from .contracts import Checkpoint
from .errors import CheckpointError, UnknownNameError, UsageError
from .metrics.lpips import BACKBONES, torch_checkpoints
from .models import MODELS

__all__ = ["Fetchable", "Progress", "download", "fetch", "fetchables", "find_fetchables", "weights_dir"]

Progress = Callable[[int, int | None], None]
"""Told the bytes that are there and the bytes in all, `None` where the server does not say."""

_CHUNK = 1 << 20
_TIMEOUT_SECONDS = 30.0
_AGENT = {"User-Agent": "restorebench"}


@dataclass(frozen=True, slots=True)
class Fetchable:
    """A file that `restorebench fetch` can get, or can say how to get."""

    name: str
    """`lpips-alex`, `prenet:rain100h`."""

    title: str
    url: str
    """`""` where only a person can download it."""

    destination: Path
    sha256: str = ""
    licence: str = ""
    by_hand: str = ""

    @property
    def present(self) -> bool:
        """Whether something is at the destination."""
        return self.destination.exists()


def weights_dir() -> Path:
    """Where fetched model weights are kept: `weights` in $RESTOREBENCH_CACHE, or in the user's cache folder."""
    own = os.environ.get("RESTOREBENCH_CACHE")
    cache = Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "restorebench"
    return cache.expanduser() / "weights"


def fetchables() -> list[Fetchable]:
    """Everything that can be fetched: LPIPS backbones, then the checkpoints of every registered model."""
    return [*_backbones(), *(item for name in MODELS.names() for item in _of_model(name))]


def find_fetchables(name: str) -> list[Fetchable]:
    """What a name means: one file, or every checkpoint of a model.

    Args:
        name: `lpips-alex`, `MODEL` or `MODEL:CHECKPOINT`.

    Raises:
        UnknownNameError: nothing has this name.
        UsageError: a model without official weights.
    """
    backbones = {item.name: item for item in _backbones()}
    if name in backbones:
        return [backbones[name]]
    model, has_checkpoint, _ = name.partition(":")
    if model not in MODELS.names():
        raise UnknownNameError("file to fetch", name, [*backbones, *MODELS.names()])
    items = list(_of_model(model))
    if not items:
        raise UsageError(f"There is nothing to fetch for {model}: no official weights of it are known.")
    found = [item for item in items if item.name == name] if has_checkpoint else items
    if not found:
        raise UnknownNameError("checkpoint", name, [item.name for item in items])
    return found


def fetch(item: Fetchable, *, progress: Progress | None = None) -> Path:
    """Get one file, unless it is there already.

    Raises:
        CheckpointError: it cannot be fetched by a program, the download failed, or what is at its place is not it.
    """
    if item.present:
        if item.sha256 and item.destination.is_file() and _sha256(item.destination) != item.sha256:
            raise CheckpointError(
                f"{item.destination} is not the official file of {item.name} (its sha256 differs): move it away and"
                " fetch again."
            )
        return item.destination
    if not item.url:
        how = item.by_hand or "its authors publish no address that a program can use"
        raise CheckpointError(f"{item.name} must be fetched by hand: {how.rstrip('.')}; put it at {item.destination}.")
    return download(item.url, item.destination, item.sha256, progress=progress)


def download(
    url: str,
    destination: Path,
    sha256: str = "",
    *,
    progress: Progress | None = None,
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


def _receive(url: str, part: Path, progress: Progress | None, timeout: float) -> None:
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
    if sha256 and (found := _sha256(part)) != sha256:
        part.unlink()
        raise CheckpointError(
            f"What {url} sent is not the expected file (its sha256 is {found}, expected {sha256}): nothing was kept."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _backbones() -> Iterator[Fetchable]:
    for net, backbone in BACKBONES.items():
        title = f"{backbone.title}, ImageNet, for LPIPS"
        place = torch_checkpoints() / backbone.filename
        yield Fetchable(f"lpips-{net}", title, backbone.url, place, backbone.sha256, "BSD-3-Clause (torchvision)")


def _of_model(name: str) -> Iterator[Fetchable]:
    card = MODELS.get(name).card
    for checkpoint in card.checkpoints:
        yield _of_checkpoint(name, card.title, checkpoint)


def _of_checkpoint(model: str, title: str, checkpoint: Checkpoint) -> Fetchable:
    filename = checkpoint.filename or Path(urlsplit(checkpoint.url).path).name or f"{model}-{checkpoint.name}.pth"
    return Fetchable(
        f"{model}:{checkpoint.name}",
        f"{title}, trained on {checkpoint.trained_on}",
        checkpoint.url,
        weights_dir() / filename,
        checkpoint.sha256,
        checkpoint.licence,
        checkpoint.by_hand,
    )
