"""Downloads of data sets from a server on this machine: resumed, with mirrors, unpacked, counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from helpers.archives import pack
from PIL import Image
from restorebench.bench.cli import main
from restorebench.bench.datasets import DATASETS, open_dataset
from restorebench.bench.errors import DatasetError
from restorebench.datasets.copies import addresses, fetching
from restorebench.datasets.copies.addresses import ADDRESSES, Download
from restorebench.datasets.copies.fetching import fetch_dataset, unpack


class Server(ThreadingHTTPServer):
    """Serves files, and can break off, or replace them."""

    daemon_threads = True
    files: dict[str, bytes]
    tag = '"one"'
    break_after: int | None = None
    ranges: list[str]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        content = self.server.files.get(self.path.lstrip("/"))
        if content is None:
            self.send_error(404)
            return
        asked = self.headers.get("Range")
        same = self.headers.get("If-Range") in (None, self.server.tag)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and same else 0
        self.server.ranges.append(asked or "")
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", self.server.tag)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        end = len(content) if self.server.break_after is None else start + self.server.break_after
        self.wfile.write(content[start:end])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class calls it so
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        running.files, running.ranges = {}, []
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def address(server: Server, folder: str = "") -> str:
    return f"http://127.0.0.1:{server.server_port}/{folder}"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    source = tmp_path / "source" / "test" / "GOPR0384_11_00"
    for side in ("blur", "sharp"):
        (source / side).mkdir(parents=True)
        noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
        Image.fromarray(noise).save(source / side / "000001.png")
    return pack(tmp_path / "source", tmp_path / "GOPRO_Large.zip", "GOPRO_Large")


@pytest.fixture
def gopro(monkeypatch: pytest.MonkeyPatch, server: Server, archive: Path) -> Server:
    """GoPro's download comes from here."""
    server.files["GOPRO_Large.zip"] = archive.read_bytes()
    here = replace(ADDRESSES["gopro"], addresses=(address(server),), gigabytes=0.001)
    monkeypatch.setitem(addresses.ADDRESSES, "gopro", here)
    return server


CARD = DATASETS.get("gopro").card


def test_the_archive_is_fetched_and_opened(gopro: Server, tmp_path: Path) -> None:
    said: list[str] = []
    place = fetch_dataset(CARD, tmp_path / "data", note=said.append)
    assert place == tmp_path / "data" / "GOPRO_Large.zip"
    assert len(open_dataset("gopro", place)) == 1
    assert said == [
        "The authors publish no sha256 of GOPRO_Large.zip: `restorebench datasets verify` checks every image."
    ]
    fetch_dataset(CARD, tmp_path / "data")
    assert gopro.ranges == [""]  # what is there is not fetched again
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"GOPRO_Large.zip"}


def test_a_broken_download_goes_on_where_it_stopped(gopro: Server, tmp_path: Path) -> None:
    gopro.break_after = 5000
    with pytest.raises(DatasetError, match="broke after 5000 of"):
        fetch_dataset(CARD, tmp_path / "data")
    gopro.break_after = None
    assert len(open_dataset("gopro", fetch_dataset(CARD, tmp_path / "data"))) == 1
    assert gopro.ranges == ["", "bytes=5000-"]
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"GOPRO_Large.zip"}


def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(gopro: Server, tmp_path: Path) -> None:
    gopro.break_after = 5000
    with pytest.raises(DatasetError):
        fetch_dataset(CARD, tmp_path / "data")
    gopro.break_after, gopro.tag = None, '"two"'
    gopro.files["GOPRO_Large.zip"] = gopro.files["GOPRO_Large.zip"] + b"PK"
    place = fetch_dataset(CARD, tmp_path / "data")
    assert place.read_bytes() == gopro.files["GOPRO_Large.zip"]


def test_a_server_without_versions_gets_no_half_file(gopro: Server, tmp_path: Path) -> None:
    gopro.tag, gopro.break_after = 'W/"weak"', 5000
    with pytest.raises(DatasetError):
        fetch_dataset(CARD, tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


def test_the_next_address_is_tried(gopro: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = replace(ADDRESSES["gopro"], addresses=(address(gopro, "gone/"), address(gopro)))
    monkeypatch.setitem(addresses.ADDRESSES, "gopro", here)
    said: list[str] = []
    assert fetch_dataset(CARD, tmp_path / "data", note=said.append).is_file()
    assert "does not exist any more (404)" in said[0]
    monkeypatch.setitem(addresses.ADDRESSES, "gopro", replace(here, addresses=here.addresses[:1]))
    with pytest.raises(DatasetError, match="does not exist any more"):
        fetch_dataset(CARD, tmp_path / "other")


def test_a_wrong_digest_keeps_nothing(gopro: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(addresses.ADDRESSES, "gopro", replace(ADDRESSES["gopro"], sha256=("0" * 64,)))
    with pytest.raises(DatasetError, match="not the expected file"):
        fetch_dataset(CARD, tmp_path / "data")
    assert not (tmp_path / "data" / "GOPRO_Large.zip").exists()
    assert gopro.ranges == [""]


def test_no_room_is_told_before(gopro: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(addresses.ADDRESSES, "gopro", replace(ADDRESSES["gopro"], gigabytes=1e9))
    with pytest.raises(DatasetError, match="GB free: choose another --out"):
        fetch_dataset(CARD, tmp_path / "data")
    assert gopro.ranges == []


def test_a_folder_of_files(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(tmp_path / "x.png")
    files = ("kodim01.png", "kodim02.png")
    server.files = dict.fromkeys(files, (tmp_path / "x.png").read_bytes())
    monkeypatch.setitem(addresses.ADDRESSES, "kodak24", Download(files, (address(server),), 0.001))
    place = fetch_dataset(DATASETS.get("kodak24").card, tmp_path / "kodak")
    assert len(open_dataset("kodak24", place)) == 2


def test_unpacking(archive: Path) -> None:
    folder = unpack(archive)
    assert folder == archive.with_name("GOPRO_Large")
    assert open_dataset("gopro", folder).report.listing_sha256 == open_dataset("gopro", archive).report.listing_sha256
    assert unpack(folder) == folder


def test_the_command(gopro: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "data"
    assert main(["datasets", "fetch", "gopro", "--out", str(out), "--unpack"]) == 1  # 1 of 1111 pairs
    printed = capsys.readouterr()
    assert printed.out.endswith(f"use gopro={out / 'GOPRO_Large'}\n")
    assert "GoPro, variant blur: partial, 1 of 1111 pairs; altered, images of 80x60" in printed.out
    assert "licence: CC BY 4.0" in printed.err
    assert gopro.ranges == [""]


def test_what_may_not_be_fetched_says_how_to_get_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", "fetch", "lol-v1"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "LOL-v1 is not fetched by a program" in said
    assert "download LOLdataset.zip from the homepage, and use lol-v1=LOLdataset.zip" in said
    assert main(["datasets", "fetch", "quickstart-rain"]) == 2
    assert "There is nothing to download for quickstart-rain" in " ".join(capsys.readouterr().err.split())
    assert main(["datasets", "fetch"]) == 2


def test_every_address_is_of_a_data_set_with_a_licence_that_allows_it() -> None:
    for name, known in ADDRESSES.items():
        card = DATASETS.get(name).card
        assert not card.licence.startswith("not known")
        assert all(each.startswith(("https://", "http://")) and each.endswith("/") for each in known.addresses)
        assert len(known.sha256) in (0, len(known.files))
    assert fetching.MOST_BYTES > 9e9
