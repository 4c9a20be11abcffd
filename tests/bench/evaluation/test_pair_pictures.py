from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.memory_dataset import MemoryImage, photograph
from restorebench.bench.contracts import ImagePair
from restorebench.bench.errors import ImageError
from restorebench.bench.evaluation import save_pair_pictures
from restorebench.bench.files.images import FileImage, save_png
from restorebench.bench.runs.pictures import existing_picture


def written(folder: Path, count: int) -> dict[str, ImagePair]:
    """Pairs whose degraded images are files, and whose targets are in memory."""
    pairs: dict[str, ImagePair] = {}
    for number in range(count):
        save_png(folder / f"{number}.png", photograph(number))
        pairs[f"scene/{number}"] = ImagePair(
            f"scene/{number}", FileImage(folder / f"{number}.png"), MemoryImage(str(number), photograph(number + 1))
        )
    return pairs


def test_the_asked_pairs_are_written_once(tmp_path: Path):
    pairs = written(tmp_path / "data", 5)
    out = tmp_path / "images"
    save_pair_pictures(out, pairs, ["scene/1", "scene/4"])
    for key in pairs:
        found = {kind: existing_picture(out / kind, key) for kind in ("degraded", "target")}
        if key not in ("scene/1", "scene/4"):
            assert set(found.values()) == {None}
            continue
        for kind, path in found.items():
            assert path is not None
            np.testing.assert_array_equal(FileImage(path).read(), getattr(pairs[key], kind).read())
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    save_pair_pictures(out, pairs, list(pairs)[1:])
    assert times == {path: path.stat().st_mtime_ns for path in times}
    assert len(list(out.rglob("*.png"))) == 8


def test_an_image_without_a_target_is_written_once(tmp_path: Path):
    image = MemoryImage("a", photograph(0))
    save_pair_pictures(tmp_path, {"a": ImagePair("a", image, image)}, ["a"])
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")] == ["degraded/a.png"]


def test_an_image_that_is_gone_is_named(tmp_path: Path):
    pairs = written(tmp_path / "data", 3)
    (tmp_path / "data" / "1.png").unlink()
    with pytest.raises(ImageError, match=r"1\.png"):
        save_pair_pictures(tmp_path / "images", pairs, list(pairs))
