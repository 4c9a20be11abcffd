from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from restorebench.bench.files.key_paths import KeyFiles, existing_key_path, former_key_path, key_path, path_key

RESERVED = ["con", "PRN", "Aux", "NUL", "com1", "LPT9", "com¹", "nul.txt", "con .x", "CONIN$"]
ODD = [
    *("a:b", "a?b", "a_b", "a*b", "a|b", "a<b", "a%3ab", "a%b", "a\\b", "a\nb", "a\x1bb", "a\x7fb"),
    *("a", "A", "a.", "a ", "a..", "a%2e", "", ".", "..", "...", " ", "%", "%-0", "%="),
    *("café", "cafe\u0301", "CAFÉ", "CAFE\u0301", "ß", "ss", "SS", "\u017f", "s", "S", "\u212a", "k", "K", "µ", "μ"),
    *("Frame", "frame", "FRAME", "gopr01", "GOPR01", "GoPr01", "a\u200db", "a\u202eb", "\u1100\u1161", "가"),
    *(
        "x" * 3000,
        "x" * 2999 + "y",
        "x" * 2999 + "Y",
        "去" * 200,
        "a/" * 1500,
        "a/" * 1499 + "A/",
        "x" * 119,
        "x" * 121,
    ),
    *("a/b", "a.png/b", "a.PNG/b", "A/b", "a/B", "a//b", "a/../b", "/a", "a/", "\ud800", *RESERVED),
]
TEXT = st.text(
    st.one_of(st.sampled_from(string.ascii_letters + string.punctuation + " "), st.characters()), max_size=20
)


def flattened(path: Path) -> str:
    """What is left of a path on a file system that ignores case, composition, and dots and spaces at the end."""
    parts = [part.rstrip(". ") for part in path.parts]
    return unicodedata.normalize("NFD", unicodedata.normalize("NFC", "/".join(parts).upper()).casefold())


def test_folders_of_a_key_are_folders_of_its_file():
    assert key_path(Path("out"), "GOPR0384_11_00/000001", ".png") == Path("out/GOPR0384_11_00/000001.png")
    assert key_path(Path("out"), "v1.2/frame.3", ".npz") == Path("out/v1.2/frame.3.npz")


@pytest.mark.parametrize(
    "key", ["1", "000001", "scene001/blur_1", "1fromGOPR0950", "norain-1", "去模糊/图", "é", "img (1)", "a,b;c=d+e@f"]
)
def test_a_plain_key_is_its_own_path(key: str):
    assert key_path(Path(), key, ".png") == Path(f"{key}.png")


def test_no_two_keys_share_a_file_on_any_file_system():
    paths = {flattened(key_path(Path(), key, ".png")): key for key in ODD}
    assert len(paths) == len(ODD)


def test_no_file_of_a_key_is_a_folder_of_another():
    paths = [key_path(Path(), key, ".png") for key in ODD]
    folders = {flattened(parent) for path in paths for parent in path.parents}
    assert not folders & {flattened(path) for path in paths}


@pytest.mark.parametrize("key", ODD)
def test_every_file_system_takes_the_names(key: str, tmp_path: Path):
    path = key_path(tmp_path, key, ".png")
    relative = path.relative_to(tmp_path)
    assert len(str(relative).encode()) < 250
    for part in relative.parts:
        assert len(part.encode()) <= 130
        assert not set(part) & set('<>:"\\|?*')
        assert part.isprintable()
        assert not part.endswith((".", " "))
        assert part.split(".")[0].strip().lower() not in {"con", "prn", "aux", "nul", "com1", "lpt9", "com¹", "conin$"}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    assert path.resolve().is_relative_to(tmp_path.resolve())


@example("../../etc/passwd")
@example("/etc/passwd")
@example("a/../../b")
@example("..\\..\\b")
@example("")
@example(" ./.. ")
@given(TEXT)
def test_no_key_leads_outside_the_folder(key: str):
    path = PurePosixPath(key_path(Path("/out"), key, ".png").as_posix())
    assert path.is_relative_to("/out")
    assert ".." not in path.parts


@given(TEXT)
def test_the_key_of_a_path_is_found_again(key: str):
    path = PurePosixPath(key_path(Path(), key, "").as_posix())
    assert path_key(path) == (None if "%=" in str(path) else key)


@given(TEXT, TEXT)
def test_different_keys_have_different_paths(one: str, other: str):
    paths = [flattened(key_path(Path(), key, ".png")) for key in (one, other, one.upper(), one.lower())]
    assert len(set(paths)) == len({one, other, one.upper(), one.lower()})


def test_a_hash_stands_for_a_long_key_only():
    assert path_key(PurePosixPath(key_path(Path(), "x" * 3000, "").as_posix())) is None
    assert path_key(PurePosixPath(key_path(Path(), "x" * 100, "").as_posix())) == "x" * 100


@pytest.mark.parametrize("key", ["IMG_0001", "Scene/Blur", "CON", "É", "a" * 200])
def test_files_of_version_0_1_0_are_found(key: str, tmp_path: Path):
    path = tmp_path / f"{key}.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    assert existing_key_path(tmp_path, key, ".png") == path
    now = key_path(tmp_path, key, ".png")
    now.parent.mkdir(exist_ok=True)
    now.write_bytes(b"")
    assert existing_key_path(tmp_path, key, ".png") == now


@pytest.mark.parametrize(
    ("key", "file"),
    [("a:b", "a_b"), ("a?b", "a_b"), ("a%3ab", "a%3ab"), ("..", "_"), ("a\x1bb", "a_b"), ("x" * 3000, "x" * 200)],
)
def test_a_file_that_may_be_another_keys_is_not_taken(key: str, file: str, tmp_path: Path):
    (tmp_path / f"{file}.png").write_bytes(b"")
    assert former_key_path(tmp_path, key, ".png") is None
    assert not existing_key_path(tmp_path, key, ".png").is_file()


@pytest.mark.parametrize("name", ["a%-zz", "a%xx%ff", "b/%ff", "a%=0123"])
def test_a_file_of_no_key_is_no_key(name: str):
    assert path_key(PurePosixPath(name)) is None


@pytest.mark.parametrize("path_of", [key_path, former_key_path])
@pytest.mark.parametrize("key", ODD)
def test_one_look_at_a_folder_finds_whatever_a_look_for_the_key_finds(
    path_of: Callable[[Path, str, str], Path | None], key: str, tmp_path: Path
):
    path = path_of(tmp_path, key, ".png")
    if path is None or not path.resolve().is_relative_to(tmp_path.resolve()) or path == tmp_path:
        pytest.skip("version 0.1.0 wrote no such file")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    files = KeyFiles.below(tmp_path, ".png")
    assert files.may_have(key)
    assert files.hashed or not files.may_have("another")


def test_a_folder_without_files_has_those_of_no_key(tmp_path: Path):
    (tmp_path / "a.txt").write_bytes(b"")
    for folder in (tmp_path, tmp_path / "absent"):
        assert KeyFiles.below(folder, ".png") == KeyFiles(frozenset(), hashed=False)
        assert not KeyFiles.below(folder, ".png").may_have("a")


def test_a_file_system_may_decompose_names(tmp_path: Path):
    (tmp_path / "cafe\u0301.png").write_bytes(b"")
    assert KeyFiles.below(tmp_path, ".png").may_have("caf\u00e9")
