"""Archives that are read as folders: every kind, from threads, damaged, hostile and strangely named."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import stat
import tarfile
import zipfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from helpers.archives import KINDS, pack
from restorebench.bench.errors import DatasetError
from restorebench.bench.files.archives import ArchivePath, gzip_access, is_archive, within_archive


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of files, some empty, some larger than what is decompressed at once."""
    root = tmp_path / "folder"
    draw = np.random.default_rng(0)
    sizes = {"a/1.bin": 10, "a/2.bin": 0, "a/b/3.bin": 3_000_000, "a/b/4.bin": 511, "c/5.bin": 512, "6.bin": 200_000}
    for name, size in sizes.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(draw.bytes(size // 2) + bytes(size - size // 2))
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", KINDS)
def test_it_lists_and_reads_what_was_packed(folder: Path, tmp_path: Path, kind: str) -> None:
    root = within_archive(pack(folder, tmp_path / f"packed.{kind}"))
    assert isinstance(root, ArchivePath)
    assert contents(root) == contents(folder)
    assert root.is_dir()
    assert not root.is_file()
    assert {path.name for path in root.iterdir()} == {"a", "c", "6.bin"}
    for path in folder.rglob("*"):
        inside = root / path.relative_to(folder)
        assert (inside.is_dir(), inside.is_file(), inside.exists()) == (path.is_dir(), path.is_file(), True)
        if path.is_file():
            assert inside.stat().st_size == path.stat().st_size


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pattern", ["*", "a/*", "*/*.bin", "**/*.bin", "a/b", "*/b/3.*", "nothing", "[ab]"])
def test_patterns_find_what_they_find_on_a_disk(folder: Path, tmp_path: Path, kind: str, pattern: str) -> None:
    root = within_archive(pack(folder, tmp_path / f"packed.{kind}"))
    found = {path.relative_to(root).as_posix() for path in root.glob(pattern)}
    assert found == {path.relative_to(folder).as_posix() for path in folder.glob(pattern)}


@pytest.mark.parametrize("kind", KINDS)
def test_threads_read_the_same_bytes_in_any_order(
    folder: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gzip_access, "SPACING", 1 << 16)
    root = within_archive(pack(folder, tmp_path / f"packed.{kind}"))
    names = [name for name in contents(folder) for _ in range(20)]
    np.random.default_rng(1).shuffle(names)
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda name: (root / name).read_bytes(), names))
    expected = contents(folder)
    assert all(expected[name] == content for name, content in zip(names, read, strict=True))


def read(path: Path) -> bytes:
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_path_reads_the_same_in_another_process(folder: Path, tmp_path: Path, kind: str) -> None:
    root = within_archive(pack(folder, tmp_path / f"packed.{kind}"))
    assert read(root / "6.bin") == (folder / "6.bin").read_bytes()
    assert pickle.loads(pickle.dumps(root / "6.bin")) == root / "6.bin"  # noqa: S301 -- our own bytes
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(read, root / "6.bin").result() == (folder / "6.bin").read_bytes()


def test_random_access_starts_near_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gzip_access, "SPACING", 1 << 20)
    for number in range(20):
        (tmp_path / f"{number:02d}.bin").write_bytes(np.random.default_rng(number).bytes(1 << 20))
    path = within_archive(pack(tmp_path, tmp_path / "packed.tgz")) / "19.bin"
    assert path.is_file()  # lists the archive
    made: list[int] = []
    original = gzip_access.Inflation.piece

    def counted(place: gzip_access.Inflation, file: io.BufferedReader) -> bytes:
        piece = original(place, file)
        made.append(len(piece))
        return piece

    monkeypatch.setattr(gzip_access.Inflation, "piece", counted)
    assert path.read_bytes() == np.random.default_rng(19).bytes(1 << 20)
    assert sum(made) < 4 << 20


def test_several_gzip_streams_are_one_file(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as packed:
        for name in ("a", "b"):
            info = tarfile.TarInfo(name)
            info.size = 100_000
            packed.addfile(info, io.BytesIO(name.encode() * 100_000))
    data = plain.getvalue()
    archive = tmp_path / "x.tar.gz"
    archive.write_bytes(gzip.compress(data[:70_001]) + gzip.compress(data[70_001:]) + bytes(100))
    root = within_archive(archive)
    assert (root / "a").read_bytes() == b"a" * 100_000
    assert (root / "b").read_bytes() == b"b" * 100_000


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_that_is_cut_short_is_one_sentence(folder: Path, tmp_path: Path, kind: str) -> None:
    archive = pack(folder, tmp_path / f"packed.{kind}")
    os.truncate(archive, archive.stat().st_size // 2)
    with pytest.raises(DatasetError, match=rf"packed\.{kind} is no complete (zip|tar) archive .*: download it again"):
        within_archive(archive).is_dir()


@pytest.mark.parametrize("kind", ["tar", "tar.gz"])
@pytest.mark.parametrize(("problem", "said"), [("header", "a header is damaged"), ("end", "its end is missing")])
def test_a_damaged_header_is_not_the_end(folder: Path, tmp_path: Path, kind: str, problem: str, said: str) -> None:
    plain = pack(folder, tmp_path / "plain.tar")
    data = bytearray(plain.read_bytes())
    with tarfile.open(plain) as packed:
        third = packed.getmembers()[3]
    if problem == "header":
        data[third.offset + 150] ^= 1  # its checksum
    else:
        del data[third.offset :]
    archive = tmp_path / f"packed.{kind}"
    archive.write_bytes(data if kind == "tar" else gzip.compress(data))
    with pytest.raises(DatasetError, match=said):
        within_archive(archive).is_dir()


def test_the_sum_of_a_compressed_archive_is_checked(folder: Path, tmp_path: Path) -> None:
    plain = pack(folder, tmp_path / "plain.tar").read_bytes()
    data = bytearray(gzip.compress(plain, compresslevel=0))  # stored, so that a changed byte stays readable
    data[len(data) // 2] ^= 1
    (tmp_path / "x.tgz").write_bytes(data)
    with pytest.raises(DatasetError, match="is no complete tar archive"):
        within_archive(tmp_path / "x.tgz").is_dir()


def test_a_damaged_link_of_a_zip_is_told_at_once(tmp_path: Path) -> None:
    archive = tmp_path / "x.zip"
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.png", b"abc")
        packed.writestr(link, b"a.png")
    assert contents(within_archive(archive)) == {"a.png": b"abc", "link.png": b"abc"}
    data = bytearray(archive.read_bytes())
    data[data.index(b"a.png", data.index(b"link.png"))] ^= 1
    archive.write_bytes(data)
    with pytest.raises(DatasetError, match=r"is damaged .*: download it again"):
        within_archive(archive).is_dir()


def test_a_changed_byte_is_found_by_the_files_own_sum(folder: Path, tmp_path: Path) -> None:
    archive = pack(folder, tmp_path / "packed.zip")
    with zipfile.ZipFile(archive) as packed:
        place = packed.getinfo("a/b/3.bin").header_offset + 1000
    data = bytearray(archive.read_bytes())
    data[place] ^= 0xFF
    archive.write_bytes(data)
    root = within_archive(archive)
    with pytest.raises(OSError, match="its archive is damaged there"):
        (root / "a/b/3.bin").read_bytes()
    assert (root / "6.bin").read_bytes() == (folder / "6.bin").read_bytes()


@pytest.mark.parametrize("name", ["../evil.png", "a/../../evil.png", "/etc/evil.png", "C:/evil.png", "..\\evil.png"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(DatasetError, match="leads out of the archive, so it is not what its authors published"):
        within_archive(archive).is_dir()


def test_names_in_a_tar_that_lead_out_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "x.tar"
    with tarfile.open(archive, "w") as packed:
        packed.addfile(tarfile.TarInfo("../evil.png"))
    with pytest.raises(DatasetError, match="leads out of the archive"):
        within_archive(archive).is_dir()


def test_links_are_followed_inside_and_nowhere_else(tmp_path: Path) -> None:
    archive = tmp_path / "x.tar"
    (tmp_path / "secret").write_bytes(b"secret")
    with tarfile.open(archive, "w") as packed:
        info = tarfile.TarInfo("sharp/1.png")
        info.size = 3
        packed.addfile(info, io.BytesIO(b"abc"))
        for name, kind, target in (
            ("gt/1.png", tarfile.SYMTYPE, "../sharp/1.png"),
            ("gt/2.png", tarfile.LNKTYPE, "sharp/1.png"),
            ("gt/3.png", tarfile.SYMTYPE, str(tmp_path / "secret")),
            ("gt/4.png", tarfile.SYMTYPE, "../../secret"),
            ("gt/5.png", tarfile.SYMTYPE, "5.png"),
            ("gt/6.png", tarfile.SYMTYPE, "1.png"),
        ):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, target
            packed.addfile(link)
    root = within_archive(archive)
    assert contents(root) == dict.fromkeys(("sharp/1.png", "gt/1.png", "gt/2.png", "gt/6.png"), b"abc")


def test_names_without_the_flag_for_utf8(tmp_path: Path) -> None:
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name in ("flagged-é.png", "plain.png"):
            packed.writestr(name, b"x")
    utf8, code_page = "utf8-ü.png".encode(), "dos-ü.png".encode("cp437")
    data = archive.read_bytes()
    with zipfile.ZipFile(archive, "w") as packed:
        for number, raw in enumerate((utf8, code_page)):
            packed.writestr("x" * len(raw), str(number))
    data = archive.read_bytes()
    for raw in (utf8, code_page):
        data = data.replace(b"x" * len(raw), raw)
    archive.write_bytes(data)
    assert contents(within_archive(archive)) == {"utf8-ü.png": b"0", "dos-ü.png": b"1"}


def test_backslashes_of_other_systems_are_slashes(tmp_path: Path) -> None:
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(zipfile.ZipInfo("input\\1.png"), b"x")
    assert contents(within_archive(archive)) == {"input/1.png": b"x"}


def test_a_password_and_other_kinds_are_told_at_once(tmp_path: Path) -> None:
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("1.png", b"x")
    data = bytearray(archive.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(data)
    with pytest.raises(DatasetError, match="needs a password"):
        within_archive(archive).is_dir()
    data[data.index(b"PK\x01\x02") + 8] &= 0xFE
    data[data.index(b"PK\x01\x02") + 10] = 9
    archive.write_bytes(data)
    with pytest.raises(DatasetError, match="compressed by method 9 of zip, which Python cannot read: unpack it"):
        within_archive(archive).is_dir()
    other = tmp_path / "x.tar"
    other.write_bytes(b"\xfd7zXZ\0 and so on")
    with pytest.raises(DatasetError, match=r"is a tar\.xz archive, which cannot be read in place: unpack it"):
        within_archive(other).is_dir()


def test_a_replaced_archive_is_read_anew(tmp_path: Path) -> None:
    archive = tmp_path / "x.zip"
    for name in ("first", "second-name"):
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr(name, b"x")
        assert [path.name for path in within_archive(archive).iterdir()] == [name]


def test_nothing_is_written_and_nothing_absent_is_read(folder: Path, tmp_path: Path) -> None:
    root = within_archive(pack(folder, tmp_path / "packed.zip"))
    with pytest.raises(OSError, match="an archive is only read"):
        (root / "6.bin").write_bytes(b"x")
    with pytest.raises(FileNotFoundError):
        (root / "absent").stat()
    with pytest.raises(FileNotFoundError):
        (root / "absent").read_bytes()
    with pytest.raises(NotADirectoryError):
        list((root / "6.bin").iterdir())


def test_other_paths_are_left_alone(folder: Path) -> None:
    assert type(within_archive(folder)) is type(folder)
    assert not is_archive(folder)
    named = folder / "GOPRO_Large.zip"
    named.mkdir()
    assert type(within_archive(named / "test")) is type(folder)
    outside = ArchivePath(folder)
    assert contents(outside) == contents(folder)
    assert {path.name for path in outside.iterdir()} == {"a", "c", "6.bin", "GOPRO_Large.zip"}


@pytest.mark.parametrize("name", ["data.zip", "data.tar.gz"])
@pytest.mark.parametrize("page", ["<!DOCTYPE html><html><title>Google Drive</title>", "\n  <HTML><body>Sign in"])
def test_a_web_page_in_place_of_an_archive_is_told_from_a_damaged_one(tmp_path: Path, name: str, page: str) -> None:
    (tmp_path / name).write_text(page)
    with pytest.raises(DatasetError, match="is a web page and no archive"):
        list(within_archive(tmp_path / name).iterdir())
