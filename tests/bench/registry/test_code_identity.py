"""What a resumed run compares: every file that is not installed, versions, and environment variables."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from restorebench.bench.models.loading import open_model
from restorebench.bench.registry.code_identity import CodeIdentity, code_of
from restorebench.bench.registry.specs import parse_spec

NET = "from torch import nn\nfrom helper import K\ndef build():\n    import late\n    return nn.Identity()\n"


@pytest.fixture
def net(tmp_path: Path) -> Path:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "helper.py").write_text("from .deeper import K\n")
    (tmp_path / "deeper.py").write_text("K = 1\n")
    (tmp_path / "late.py").write_text("")
    (tmp_path / "unrelated.py").write_text("")
    return tmp_path / "net.py"


def identity(net: Path) -> CodeIdentity:
    return open_model(parse_spec(f"{net}:build")).code


def test_every_file_that_is_imported_belongs_to_it(net: Path):
    assert list(identity(net).files) == ["deeper.py", "helper.py", "late.py"]


@pytest.mark.parametrize("name", ["helper", "deeper", "late", "net"])
def test_a_change_anywhere_changes_it(net: Path, name: str):
    before = identity(net)
    path = net.with_name(f"{name}.py")
    path.write_text(path.read_text() + "# changed\n")
    after = identity(net)
    changed = {file for file in after.files if after.files[file] != before.files[file]}
    assert changed == (set() if name == "net" else {f"{name}.py"})
    assert (after.main != before.main) == (name == "net")


def test_files_on_pythons_path_belong_to_it_and_installed_ones_do_not(
    net: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    library = tmp_path_factory.mktemp("elsewhere")
    (library / "mylib" / "sub").mkdir(parents=True)
    for name in ("mylib/__init__", "mylib/sub/__init__", "mylib/sub/scale"):
        (library / f"{name}.py").write_text("K = 1\n")
    monkeypatch.syspath_prepend(library)
    net.write_text(
        "import torch, numpy, json, rich\nfrom mylib.sub import scale\nbuild = torch.nn.Identity\n", encoding="utf-8"
    )
    found = identity(net)
    assert list(found.files) == ["mylib/__init__.py", "mylib/sub/__init__.py", "mylib/sub/scale.py"]
    assert list(found.packages) == ["rich"]
    for name in [name for name in sys.modules if name.startswith("mylib")]:
        del sys.modules[name]


def test_a_name_made_at_run_time_is_found_as_well(net: Path):
    net.write_text(
        "import importlib\nimportlib.import_module('hel' + 'per')\nfrom torch.nn import Identity as build\n",
        encoding="utf-8",
    )
    net.with_name("helper.py").write_text("K = 1\n")
    assert list(identity(net).files) == ["helper.py"]


def test_variables_are_named_and_their_values_are_not(net: Path, monkeypatch: pytest.MonkeyPatch):
    net.write_text(
        "import os\nfrom torch import nn\nA = os.environ.get('MY_SCALE')\nB = os.getenv('MY_ABSENT', '1')\n"
        "def build():\n    'MY_FLAG' in os.environ\n    return nn.Identity()\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("MY_SCALE", "secret")
    before = identity(net)
    assert list(before.variables) == ["MY_ABSENT", "MY_FLAG", "MY_SCALE"]
    assert "secret" not in str(before)
    monkeypatch.setenv("MY_SCALE", "other")
    assert identity(net).variables["MY_SCALE"] != before.variables["MY_SCALE"]


def test_a_copy_of_the_environment_reads_nothing(net: Path, monkeypatch: pytest.MonkeyPatch):
    for index in range(40):
        monkeypatch.setenv(f"MY_{index}", "1")
    net.write_text("import os\nfrom torch.nn import Identity as build\nCOPY = {**os.environ}\n", encoding="utf-8")
    assert identity(net).variables == {}


def test_a_file_alone_has_the_plan_of_version_0_1_0(tmp_path: Path):
    (tmp_path / "net.py").write_text("from torch.nn import Identity as build\n")
    assert list(code_of(tmp_path / "net.py").settings()) == ["code_sha256"]
