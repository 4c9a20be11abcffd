from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.file_server import CONTENT, SHA256, serving
from restorebench.bench.errors import CheckpointError, UsageError
from restorebench.bench.models.fetchables import Fetchable, fetch
from restorebench.bench.models.mirrors import mirrored_address

DEAD = "http://127.0.0.1:9/official/weights.pth"
"""Port 9 discards; nothing listens there."""


@pytest.fixture
def item(tmp_path: Path) -> Fetchable:
    return Fetchable("own:one", "Own", DEAD, tmp_path / "weights" / "one.pth", SHA256)


@pytest.mark.parametrize(
    ("mirror", "address"),
    [
        ("https://host/a", "https://host/a/one.pth"),
        ("http://host:8080/a/", "http://host:8080/a/one.pth"),
        ("hf://owner/name", "https://huggingface.co/owner/name/resolve/main/one.pth"),
        ("hf://owner/na.me@v1.0", "https://huggingface.co/owner/na.me/resolve/v1.0/one.pth"),
        ("hf://owner/name/sub/folder", "https://huggingface.co/owner/name/resolve/main/sub/folder/one.pth"),
        ("hf://owner/name@abc/sub/", "https://huggingface.co/owner/name/resolve/abc/sub/one.pth"),
    ],
)
def test_where_a_file_is_on_a_mirror(mirror: str, address: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert mirrored_address(mirror, "one.pth") == address


def test_the_hub_is_where_the_user_has_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.example.org/")
    assert mirrored_address("hf://owner/name", "one.pth") == "https://hub.example.org/owner/name/resolve/main/one.pth"


@pytest.mark.parametrize("mirror", ["", "files.example.org", "ftp://host/a", "hf://owner", "https://host/a?x=1", "/a"])
def test_what_is_no_place_of_files_is_refused(mirror: str):
    with pytest.raises(UsageError, match="is not a place of files: give https://HOST/FOLDER, or hf://"):
        mirrored_address(mirror, "one.pth")


def test_mirrors_are_tried_in_order_after_the_official_address(item: Fetchable):
    notes: list[str] = []
    with serving() as address:
        mirrors = ["http://127.0.0.1:9/first", address.rpartition("/")[0]]
        place = fetch(item, mirrors=mirrors, note=notes.append)
    assert place.read_bytes() == CONTENT
    assert len(notes) == 2
    assert "Trying http://127.0.0.1:9/first/one.pth instead" in notes[0]
    assert f"Trying {mirrors[1]}/one.pth instead" in notes[1]


def test_the_hub_serves_what_the_authors_do_not(item: Fetchable, monkeypatch: pytest.MonkeyPatch):
    with serving() as address:
        monkeypatch.setenv("HF_ENDPOINT", address.rpartition("/")[0])
        by_hand = replace(item, url="", by_hand="from their page")
        assert fetch(by_hand, mirrors=["hf://owner/name"]).read_bytes() == CONTENT


def test_a_mirror_with_another_file_is_not_believed(item: Fetchable):
    with serving() as address, pytest.raises(CheckpointError, match="not the expected file"):
        fetch(replace(item, sha256="0" * 64), mirrors=[address.rpartition("/")[0]])
    assert not item.destination.exists()


def test_without_a_digest_no_mirror_is_asked(item: Fetchable):
    with serving() as address, pytest.raises(CheckpointError, match=r"127\.0\.0\.1 cannot be reached"):
        fetch(replace(item, sha256=""), mirrors=[address.rpartition("/")[0]])
    assert not item.destination.exists()
