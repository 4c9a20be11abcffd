"""A user's file and what is beside it: the same as under `python file.py`, whatever other folders hold."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from restorebench.bench.errors import UsageError
from restorebench.bench.models.entries import MODELS
from restorebench.bench.registry.user_files import import_user_file


def write(folder: Path, **files: str) -> Path:
    """Files by name, `__` for a slash; returns `net.py`."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "net.py"


@pytest.mark.parametrize(
    "statement",
    [
        "from helper import K",
        "import helper\nK = helper.K",
        "from .helper import K",
        "from . import helper\nK = helper.K",
        "import blocks.deep as deep\nK = deep.K",
        "from blocks.deep import K",
        "from .blocks.deep import K",
        "import importlib\nK = importlib.import_module('helper').K",
        "K = __import__('helper').K",
    ],
)
def test_neighbours_are_found_by_every_kind_of_import(tmp_path: Path, statement: str):
    net = write(tmp_path, net=statement, helper="K = 3", blocks__deep="from helper import K")
    assert import_user_file(net).K == 3
    assert "helper" not in sys.modules
    assert str(tmp_path) not in sys.path


def test_neighbours_are_found_when_the_code_runs_later(tmp_path: Path):
    net = write(tmp_path, net="def build():\n    from helper import K\n    return K\n", helper="K = 4")
    assert import_user_file(net).build() == 4


def test_each_folder_has_its_own_neighbours(tmp_path: Path):
    text = "from utils import K\ndef late():\n    import utils\n    return utils.K\n"
    nets = [import_user_file(write(tmp_path / name, net=text, utils=f"K = {name!r}")) for name in ("a", "b")]
    assert [net.K for net in nets] == ["a", "b"]
    assert [net.late() for net in nets] == ["a", "b"]


def test_a_package_above_the_file_is_reached_by_dots_and_initialised_only_if_asked(tmp_path: Path):
    files = {"pkg____init__": "raise ValueError", "pkg__layers": "L = 5", "pkg__nets____init__": "N = 6"}
    for name, text in files.items():
        path = tmp_path / f"{name.replace('____', '/__').replace('pkg__l', 'pkg/l').replace('pkg__n', 'pkg/n')}.py"
        path = Path(str(path).replace("__init.py", "__init__.py"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    net = tmp_path / "pkg" / "nets" / "net.py"
    net.write_text("from ..layers import L\nfrom . import N\n")
    module = import_user_file(net)
    assert (module.L, module.N) == (5, 6)


def test_a_neighbour_does_not_replace_what_others_import(tmp_path: Path):
    net = write(tmp_path, net="import json\nK = json.K", json="K = 7")
    assert import_user_file(net).K == 7
    import json

    assert json.loads("1") == 1


def test_a_folder_without_init_yields_to_an_installed_package(tmp_path: Path):
    net = write(tmp_path, net="import numpy\nK = numpy.pi", numpy__notes="")
    assert import_user_file(net).K > 3


@pytest.mark.parametrize("name", ["net", "helper", "blocks/deep"])
def test_what_changed_is_imported_again(tmp_path: Path, name: str):
    net = write(tmp_path, net="from blocks.deep import K as D\nfrom helper import K\nN = 1", helper="K = 1")
    write(tmp_path, blocks__deep="K = 1")
    import_user_file(net)
    path = tmp_path / f"{name}.py"
    path.write_text(path.read_text().replace("= 1", "= 2"))  # of the same size, within the clock's grain
    module = import_user_file(net)
    assert sorted((module.D, module.K, module.N)) == [1, 1, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import no_such_thing", r"No module named 'no_such_thing' \(net.py line 1\); files beside it are found"),
        ("x = 1\nraise ValueError('bad width')", r"ValueError: bad width \(net.py line 2\)"),
        ("import sys\nsys.exit(0)", "ended the program while it was imported at net.py line 2"),
        ("from helper import nothing", "cannot import name 'nothing'"),
    ],
)
def test_what_goes_wrong_at_import_is_one_sentence(tmp_path: Path, text: str, message: str):
    net = write(tmp_path, net=text, helper="")
    with pytest.raises(UsageError, match=message):
        import_user_file(net)


def test_a_dotted_attribute_and_a_module_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    text = (
        "from torch import nn\nclass Net(nn.Identity):\n    @classmethod\n    def small(cls):\n        return cls()\n"
    )
    net = write(tmp_path, net=text, installed_nets="from net import Net")
    monkeypatch.syspath_prepend(tmp_path)
    for name in (f"{net}:Net.small", "installed_nets:Net.small", "installed_nets:Net"):
        assert type(MODELS.get(name).build()).__name__ == "Net"
    with pytest.raises(UsageError, match=r"Net has no 'smal': did you mean small\?"):
        MODELS.get(f"{net}:Net.smal")
    with pytest.raises(UsageError, match=r"There is no module no_such_package for no_such_package\.nets:build"):
        MODELS.get("no_such_package.nets:build")
