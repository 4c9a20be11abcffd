"""Which code a check may run to time models: registered models, and files that the user names with a hash that fits.

Run folders and baselines come from other machines and other people. The name of a model in one may be that of a file
or of a program, and whoever wrote the folder chose it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..comparison.pairing import Measured
from ..errors import UsageError
from ..files.fingerprints import file_sha256
from ..models.exported.files import exported_sha256, is_model_file
from ..models.program import program_words
from ..registry.code_identity import code_of, code_of_program
from ..registry.registry import is_module_name, is_user_file
from ..registry.specs import PROGRAM, Spec, parse_spec

__all__ = ["model_to_run"]

SHOWN = 100
"""Characters of a recorded name in a message."""


def model_to_run(side: Measured, permitted: Sequence[str]) -> tuple[str, Path | None]:
    """The model of a run as it may be opened here, and its weights if the recorded file is still the same.

    Args:
        side: the run or the cell of a baseline.
        permitted: models of the user's own, as `run -m` takes them: `./mine.py:build[width=32]`.

    Raises:
        UsageError: the model is code of its own and none that was permitted, or the permitted code is another one than
            the recorded one.
    """
    recorded = replace(parse_spec(side.model), path=None)
    if not _is_code(recorded.name):
        return str(recorded), _same_weights(side)
    name = side.model[:SHOWN]
    own = next((spec for spec in map(parse_spec, permitted) if _same_model(spec, recorded)), None)
    if own is None:
        raise UsageError(
            f"{side.origin} names code of its own, {name!r}, which is not run because a record names it: read the "
            "file, and give it as --run-code './FILE.py:NAME[options]', as for `run -m`."
        )
    if not side.code:
        raise UsageError(
            f"{side.origin} has no sha256 of the code of {name!r}, so it cannot be seen whether --run-code names the "
            "same: measure the model again with this version of restorebench."
        )
    if _digests(own.name) != side.code:
        raise UsageError(
            f"--run-code {own} is not the code that {side.origin} records for {name!r}: its sha256 differs, or that of "
            "a file that it imports; check out the version that was measured."
        )
    return str(own), _same_weights(side)


def _is_code(name: str) -> bool:
    """Whether opening a model of this name runs something that is not registered."""
    return name.startswith(PROGRAM) or is_user_file(name) or is_model_file(name) or is_module_name(name)


def _same_model(own: Spec, recorded: Spec) -> bool:
    """Whether a permitted model is the recorded one, wherever its file is now."""
    if own.path is not None or dict(own.options) != dict(recorded.options):
        return False
    if own.name.startswith(PROGRAM) or recorded.name.startswith(PROGRAM):
        return own.name == recorded.name
    if is_model_file(own.name):
        return is_model_file(recorded.name)  # its hash tells whether it is the same
    is_code = is_user_file(own.name) and (is_user_file(recorded.name) or is_module_name(recorded.name))
    return is_code and own.name.rpartition(":")[2] == recorded.name.rpartition(":")[2]


def _digests(name: str) -> tuple[str, ...]:
    """SHA-256 of every file of a permitted model, without running any."""
    try:
        if name.startswith(PROGRAM):
            return code_of_program(program_words(name.removeprefix(PROGRAM))).digests
        if is_model_file(name):
            return (exported_sha256(Path(name).expanduser()),)
        return code_of(Path(name.rpartition(":")[0])).digests
    except OSError as error:
        raise UsageError(f"--run-code {name} cannot be read ({error.strerror}): check the path.") from error


def _same_weights(side: Measured) -> Path | None:
    """The weights file that the record names, if it is here with the recorded hash; times hardly depend on it."""
    try:
        same = side.weights is not None and file_sha256(side.weights) == side.weights_sha256
    except OSError:
        return None
    return side.weights if same else None
