"""What a run keeps of an image beside its restored picture: OUT/<dataset>/<model>/<kind>/<key>.<suffix>."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from ..contracts import Observation
from ..files.atomic import write_atomic
from ..files.key_paths import existing_key_path, former_key_path, key_path
from .run import RESTORED_FOLDER

__all__ = ["forget_observations", "has_observation", "observation_paths", "save_observation"]


def save_observation(run_folder: Path, key: str, observation: Observation) -> None:
    """Write an observation of an image so that its file is either absent or whole.

    Raises:
        OSError: it cannot be written.
    """
    write_atomic(key_path(run_folder / observation.folder, key, observation.suffix), observation.content)


def has_observation(run_folder: Path, key: str, kinds: Mapping[str, str]) -> bool:
    """Whether an observation of any kind was kept of an image; `kinds` as for `forget_observations`."""
    return any(existing_key_path(run_folder / folder, key, suffix).is_file() for folder, suffix in kinds.items())


def observation_paths(run_folder: Path, key: str) -> list[Path]:
    """The files about an image in any folder of the run, relative to it; restored pictures are none."""
    kinds = [path for path in run_folder.iterdir() if path.is_dir() and path.name != RESTORED_FOLDER]
    found: list[Path] = []
    for kind in sorted(kinds):
        for place in dict.fromkeys(filter(None, (key_path(kind, key, ""), former_key_path(kind, key, "")))):
            siblings = place.parent.iterdir() if place.parent.is_dir() else ()
            found += [path.relative_to(run_folder) for path in siblings if path.is_file() and path.stem == place.name]
    return found


def forget_observations(run_folder: Path, kinds: Mapping[str, str], keys: Collection[str]) -> None:
    """Remove the observations of all images but the named ones.

    Args:
        run_folder: of the run.
        kinds: folders of observations with the suffix of the files in each.
        keys: of the images whose observations stay.

    Raises:
        OSError: one cannot be removed.
    """
    for folder, suffix in kinds.items():
        kept = {existing_key_path(run_folder / folder, key, suffix) for key in keys}
        for path in [path for path in (run_folder / folder).rglob(f"*{suffix}") if path not in kept]:
            path.unlink()
