"""Where fetched weights lie: what a person says, the system's folder, and the folder of version 0.1.0."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs
import pytest
from restorebench.bench.models.cache import weights_dir


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("RESTOREBENCH_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="asks for the folders of Linux")
def test_on_linux_it_is_where_0_1_0_had_it(home: Path, monkeypatch: pytest.MonkeyPatch):
    assert weights_dir() == home / ".cache" / "restorebench" / "weights"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "xdg"))
    assert weights_dir() == home / "xdg" / "restorebench" / "weights"


def test_a_folder_of_ones_own_wins(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "xdg"))
    monkeypatch.setenv("RESTOREBENCH_CACHE", "~/mine")
    assert weights_dir() == home / "mine" / "weights"


def test_elsewhere_the_folder_of_0_1_0_is_used_on_where_it_is_the_only_one(home: Path, monkeypatch: pytest.MonkeyPatch):
    library = home / "Library" / "Caches" / "restorebench"
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_args, **_kwargs: library)
    assert weights_dir() == library / "weights"
    (home / ".cache" / "restorebench").mkdir(parents=True)
    assert weights_dir() == home / ".cache" / "restorebench" / "weights"
    library.mkdir(parents=True)
    assert weights_dir() == library / "weights"
