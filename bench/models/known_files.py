"""Weights files that a card knows by their hash: what such a file belongs to counts more than what it fits.

Tensors of one shape can belong to networks that compute different things, and the number of stages of a recurrent
network is in no tensor. Such a file loads without a word and gives wrong images, so a known one is refused.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from ..contracts import Checkpoint, JsonValue, ModelCard
from ..errors import CheckpointError, RestorebenchError, UsageError
from .cache import weights_dir
from .entries import MODELS

__all__ = ["KnownFile", "check_known_file", "known_files"]


@dataclass(frozen=True, slots=True)
class KnownFile:
    """An official weights file and the model whose card lists it."""

    model: str
    checkpoint: Checkpoint

    @property
    def title(self) -> str:
        """`the official rain100h of prenet`."""
        return f"the official {self.checkpoint.name} of {self.model}"

    def written(self, path: Path) -> str:
        """`prenet-lstm[recurrent_iter=5]=FILE`: the specification that opens the file as it was trained."""
        usual = MODELS.get(self.model).card.settings
        options = {name: value for name, value in self.checkpoint.settings.items() if usual.get(name) != value}
        return f"{self.model}{_brackets(options)}={path}"


def known_files(path: Path, sha256: str) -> list[KnownFile]:
    """The official files that a weights file is, by every model that lists one.

    A checkpoint without a recorded hash is known only at the place where `fetch` puts it.

    Args:
        path: the file, or the folder of a model with weights in several files.
        sha256: as `checkpoints.sha256_file` gives it.
    """
    found: list[KnownFile] = []
    for name in MODELS.names():
        # A model of another package that cannot be imported must not keep this one from being opened.
        with contextlib.suppress(RestorebenchError):
            card = MODELS.get(name).card
            found += [KnownFile(name, each) for each in card.checkpoints if _is(each, path, sha256)]
    return found


def check_known_file(card: ModelCard, path: Path, sha256: str, weights_of: str | None = None) -> str:
    """Refuse a file that is known to belong to another model, or to other options of this one.

    Args:
        card: of the model that the file was loaded into, with its options in `settings`.
        path: the file; every tensor of it fits.
        sha256: of the file.
        weights_of: the model to which the user knows it to belong.

    Returns:
        What a reader of the results must know, as a predicate of the model; `""` for a file at its place.

    Raises:
        CheckpointError: the file belongs elsewhere, and `weights_of` does not say so.
        UsageError: `weights_of` names a model to which the file is not known to belong.
    """
    known = known_files(path, sha256)
    if weights_of is not None and weights_of not in {each.model for each in known}:
        is_known = f"it is {known[0].title}" if known else "no hash of it is known"
        raise UsageError(
            f"{path} is not known to belong to weights_of={weights_of} ({is_known}): leave the option out."
        )
    if not known:
        return _doubt(card)
    own = [each for each in known if each.model in _relatives(card)]
    changed = [_difference(card, each.checkpoint) for each in own]
    if own and not all(changed):
        return ""
    file = own[0] if own else known[0]
    if weights_of is None:
        raise CheckpointError(_refusal(card, path, file, changed[0] if own else ""))
    what = f", which was trained with {changed[0]}" if own else ", which is another model"
    return f"has the weights of {file.title}{what}: weights_of={weights_of} says that this is meant."


def _refusal(card: ModelCard, path: Path, file: KnownFile, change: str) -> str:
    if change:
        return (
            f"{path} is {file.title} and was trained with {change}: write {file.written(path)}, or add "
            f"weights_of={file.model} to the brackets to use it with the other value all the same."
        )
    return (
        f"{path} fits {card.name}, but is {file.title}, which is another model: write {file.written(path)}, or "
        f"{card.name}[weights_of={file.model}]={path} to use it in {card.name} all the same."
    )


def _doubt(card: ModelCard) -> str:
    """What a file that no card knows leaves open; `""` where its tensors tell everything."""
    twins = " and ".join(card.lookalikes)
    options = dict.fromkeys(name for each in card.checkpoints for name in each.settings)
    values = " and ".join(f"{name}={card.settings[name]}" for name in options if name in card.settings)
    doubts = [
        f"they fit {twins} as well, which computes something else" if twins else "",
        f"nothing in them says whether they were trained with {values}" if values else "",
    ]
    said = ", and ".join(filter(None, doubts))
    return f"has weights that are no official file known by its hash: {said}." if said else ""


def _is(checkpoint: Checkpoint, path: Path, sha256: str) -> bool:
    if checkpoint.sha256:
        return checkpoint.sha256 == sha256
    place = weights_dir() / checkpoint.filename
    return bool(checkpoint.filename) and place.exists() and place.samefile(path)


def _relatives(card: ModelCard) -> set[str]:
    """The model and those that it extends, whose weights it takes."""
    found: set[str] = set()
    name = card.name
    while name and name not in found:
        found.add(name)
        name = MODELS.get(name).card.base if name in MODELS.names() else ""
    return found


def _difference(card: ModelCard, checkpoint: Checkpoint) -> str:
    """`recurrent_iter=5, not 6`: the options that are not those of the training; `""` if all are."""
    return " and ".join(
        f"{name}={value}, not {card.settings[name]}"
        for name, value in checkpoint.settings.items()
        if name in card.settings and card.settings[name] != value
    )


def _brackets(options: dict[str, JsonValue]) -> str:
    return f"[{','.join(f'{name}={value}' for name, value in options.items())}]" if options else ""
