from __future__ import annotations

from pathlib import Path, PurePosixPath

from hypothesis import example, given
from hypothesis import strategies as st
from restorebench.bench.files.key_paths import key_path


def test_folders_of_a_key_are_folders_of_its_file():
    assert key_path(Path("out"), "GOPR0384_11_00/000001", ".png") == Path("out/GOPR0384_11_00/000001.png")
    assert key_path(Path("out"), "v1.2/frame.3", ".npz") == Path("out/v1.2/frame.3.npz")


def test_characters_that_no_file_system_of_windows_takes_are_replaced():
    assert key_path(Path(), 'a:b*c?"<>|\\d\n', ".png") == Path("a_b_c______d_.png")


@example("../../etc/passwd")
@example("/etc/passwd")
@example("a/../../b")
@example("..\\..\\b")
@example("")
@example(" ./.. ")
@given(st.text(max_size=20))
def test_no_key_leads_outside_the_folder(key: str):
    path = PurePosixPath(key_path(Path("/out"), key, ".png").as_posix())
    assert path.is_relative_to("/out")
    assert ".." not in path.parts
    assert len(path.parts) == 2 + len(key.split("/"))
