"""Exported networks are known by what is in the file, as each version of torch writes it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from restorebench.bench.errors import UsageError
from restorebench.bench.models.exported.files import Kind, kind_of

MEMBERS: dict[str, tuple[Kind, list[str]]] = {
    "torch.export of 2.6": ("export", ["serialized_exported_program.json", "serialized_state_dict.pt", "version"]),
    "torch.export of 2.7": ("export", ["net/archive_format", "net/models/model.json", "net/data/weights/weight_0"]),
    "torch.jit": ("torchscript", ["net/data.pkl", "net/code/__torch__.py", "net/constants.pkl"]),
}


@pytest.mark.parametrize("written", MEMBERS)
def test_a_program_is_known_by_its_members(written: str, tmp_path: Path) -> None:
    kind, names = MEMBERS[written]
    with zipfile.ZipFile(tmp_path / "net.pt2", "w") as archive:
        for name in names:
            archive.writestr(name, b"{}")
    assert kind_of(tmp_path / "net.pt2") == kind


def test_weights_are_no_program(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "net.pth", "w") as archive:
        archive.writestr("net/data.pkl", b"")
    with pytest.raises(UsageError, match="holds weights, not a program"):
        kind_of(tmp_path / "net.pth")
