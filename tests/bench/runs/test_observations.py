from __future__ import annotations

from pathlib import Path

from restorebench.bench.contracts import Observation
from restorebench.bench.runs.observations import (
    forget_observations,
    has_observation,
    observation_paths,
    save_observation,
)

KINDS = {"fields": ".npz"}


def test_what_is_saved_is_found_and_what_is_not_named_is_forgotten(tmp_path: Path):
    for key in ("scene/1", "scene/1.5", "2"):
        save_observation(tmp_path, key, Observation("fields", ".npz", key.encode()))
    save_observation(tmp_path, "2", Observation("notes of mine", ".txt", b"kept"))
    (tmp_path / "restored").mkdir()
    (tmp_path / "restored" / "2.png").touch()
    assert (tmp_path / "fields" / "scene" / "1.npz").read_bytes() == b"scene/1"
    assert has_observation(tmp_path, "scene/1.5", KINDS)
    assert not has_observation(tmp_path, "scene", KINDS)
    assert observation_paths(tmp_path, "scene/1") == [Path("fields/scene/1.npz")]
    assert observation_paths(tmp_path, "2") == [Path("fields/2.npz"), Path("notes of mine/2.txt")]
    forget_observations(tmp_path, KINDS, ["scene/1"])
    assert observation_paths(tmp_path, "scene/1.5") == []
    assert observation_paths(tmp_path, "2") == [Path("notes of mine/2.txt")]
    assert has_observation(tmp_path, "scene/1", KINDS)


def test_no_key_leads_outside(tmp_path: Path):
    save_observation(tmp_path / "run", "../../evil", Observation("fields", ".npz", b""))
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*.npz")] == [Path("run/fields/.%2e/.%2e/evil.npz")]
