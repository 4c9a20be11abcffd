from __future__ import annotations

from pathlib import Path

import pytest
from restorebench.bench.errors import DatasetError
from restorebench.datasets.layouts.lists import list_lines


def test_lines_are_read(tmp_path: Path):
    (tmp_path / "list.txt").write_bytes("a\r\nb\n\u00e9".encode())
    assert list_lines(tmp_path / "list.txt") == ["a", "b", "é"]


def test_what_is_no_text_is_a_sentence(tmp_path: Path):
    (tmp_path / "list.txt").write_bytes(b"\xff\xfe\0")
    with pytest.raises(DatasetError, match=r"list\.txt is no text"):
        list_lines(tmp_path / "list.txt")
    with pytest.raises(DatasetError, match="cannot be read"):
        list_lines(tmp_path / "none.txt")
