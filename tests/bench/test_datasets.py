from __future__ import annotations

from pathlib import Path

import pytest
from restorebench.bench.datasets import open_copy, open_dataset
from restorebench.bench.errors import DatasetError, UnknownNameError, UsageError
from restorebench.bench.registry.specs import parse_spec

OWN = """
from pathlib import Path
from types import SimpleNamespace
from restorebench.bench.contracts import DatasetCard
from restorebench.bench.datasets import register_dataset

CARD = DatasetCard("own", "Own", "deraining", None, "rgb@1", ("own",), "", "", "")


@register_dataset(CARD)
def own(root: Path | None, *, part: int = 1):
    return SimpleNamespace(root=root, part=part)


def plain(root): return root
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.py"
    path.write_text(OWN)
    return path


def test_a_data_set_of_ones_own_takes_its_root_and_its_options(file: Path):
    opened = open_dataset(f"{file}:own", "~/x", part="3")
    assert vars(opened) == {"root": Path("~/x").expanduser(), "part": 3}
    assert vars(open_dataset(f"{file}:own")) == {"root": None, "part": 1}


def test_wrong_names_and_options_are_told_with_the_nearest(file: Path):
    with pytest.raises(UnknownNameError, match="did you mean gopro"):
        open_dataset("gorpo")
    with pytest.raises(UsageError, match="did you mean part"):
        open_dataset(f"{file}:own", prat=2)
    with pytest.raises(UsageError, match="is not a data set: decorate a function"):
        open_dataset(f"{file}:plain")


def test_a_folder_that_is_no_copy_is_said(tmp_path: Path):
    with pytest.raises(DatasetError):
        open_dataset("gopro", tmp_path)


@pytest.mark.parametrize("option", ["name", "root", "spec", "self", "path"])
def test_an_option_that_is_called_like_a_parameter_is_an_unknown_option(option: str, tmp_path: Path):
    with pytest.raises(UsageError, match=f"data set paired has no option '?{option}"):
        open_copy(parse_spec(f"paired[{option}=x]={tmp_path}"))
