"""Two folders of one's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers.trees import MakeTree
from restorebench.bench.cli import main
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError, PairingError, UsageError
from restorebench.bench.registry.specs import parse_spec
from restorebench.bench.runs.run import find_runs


@pytest.mark.parametrize(
    ("degraded", "target"), [("input", "target"), ("blur", "sharp"), ("lq", "gt"), ("rain", "norain")]
)
def test_usual_names_need_no_option(tree: MakeTree, degraded: str, target: str) -> None:
    dataset = open_dataset(
        "paired", tree(f"{degraded}/a.png", f"{target}/a.png", f"{degraded}/b.jpg", f"{target}/b.png")
    )
    assert [pair.key for pair in dataset] == ["a", "b"]
    assert dataset.report.complete
    assert dataset.report.expected_pairs is None


def test_named_folders_with_folders_in_them(tree: MakeTree) -> None:
    root = tree("foggy/x/1.png", "clear/x/1.png", "foggy/y/1.png", "clear/y/1.png", "foggy/.cache/1.png")
    dataset = open_dataset("paired", root, degraded="foggy", target="clear")
    assert [pair.key for pair in dataset] == ["x/1", "y/1"]
    assert dataset["y/1"].target.read()[0, 0, 0] == 3


def test_patterns_pair_by_what_the_stars_stand_for(tree: MakeTree) -> None:
    root = tree("s1/blur_7.png", "s1/gt_7.png", "s2/blur_7.png", "s2/gt_7.png", "s2/other_7.png")
    spec = parse_spec(f"paired[degraded=*/blur_*.png,target=*/gt_*.png]={root}")
    dataset = open_dataset(spec.name, spec.path, **spec.options)
    assert [pair.key for pair in dataset] == ["s1/7", "s2/7"]
    assert [pair.target.read()[0, 0, 0] for pair in dataset] == [1, 3]


def test_a_pattern_of_files_that_are_not_images_finds_nothing(tree: MakeTree) -> None:
    root = tree("a.png")
    (root / "a.txt").write_text("not an image")
    with pytest.raises(DatasetError):
        open_dataset("paired", root, degraded="*.txt", target="*.txt")


def test_one_option_alone(tree: MakeTree) -> None:
    with pytest.raises(UsageError, match="Give both patterns or none"):
        open_dataset("paired", tree("a/1.png"), degraded="a")


def test_patterns_that_cannot_pair(tree: MakeTree) -> None:
    with pytest.raises(UsageError, match=r"the same number of \*"):
        open_dataset("paired", tree("a/1.png"), degraded="*/a_*.png", target="gt_*.png")


def test_unpaired_and_doubled_images_stop(tree: MakeTree) -> None:
    root = tree("input/a.png", "input/b.png", "target/a.png", "target/c.png")
    with pytest.raises(PairingError, match=r"without a target \(b\); 1 target without a degraded image \(c\)"):
        open_dataset("paired", root)
    tree("input/a.jpg")
    with pytest.raises(PairingError, match="have the same key a: remove one"):
        open_dataset("paired", root)


def test_a_folder_that_is_not_there(tree: MakeTree) -> None:
    with pytest.raises(DatasetError, match="clean does not exist, but the other images"):
        open_dataset("paired", tree("foggy/1.png"), degraded="foggy", target="clean")


def test_it_can_be_given_a_name(tree: MakeTree) -> None:
    root = tree("input/a.png", "target/a.png")
    spec = parse_spec(f"paired[title=Foggy roads]={root}")
    dataset = open_dataset(spec.name, spec.path, **spec.options)
    assert (dataset.card.title, dataset.card.name) == ("Foggy roads", "paired")
    assert open_dataset("paired", root).card.title == "paired folders"


def test_two_named_sets_have_two_run_folders_and_their_names_in_the_table(
    tree: MakeTree, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out = tree("input/a.png", "target/a.png", size=(16, 16)), tmp_path / "out"
    sets = [word for name in ("Fog", "Mist") for word in ("-d", f"paired[title={name}]={root}")]
    assert main(["run", "-m", "identity", *sets, "--protocol", "rgb@1", "--out", str(out)]) == 0
    table = capsys.readouterr().out
    assert " Fog " in table
    assert " Mist " in table
    assert {run.info.dataset.title for run in find_runs(out)} == {"Fog", "Mist"}


def test_other_file_names_get_the_pattern_that_pairs_them(tree: MakeTree) -> None:
    root = tree("lq/1_in.png", "gt/1_gt.png", "lq/2_in.png", "gt/2_gt.png")
    with pytest.raises(PairingError) as raised:
        open_dataset("paired", root)
    advice = re.search(r"as in '(paired\[.*\])=FOLDER'\.$", str(raised.value))
    assert advice
    spec = parse_spec(f"{advice[1]}={root}")  # as it stands in the message
    assert [pair.key for pair in open_dataset(spec.name, spec.path, **spec.options)] == ["1", "2"]


def test_patterns_that_were_given_are_not_explained_again(tree: MakeTree) -> None:
    root = tree("lq/1_in.png", "gt/2_gt.png")
    with pytest.raises(PairingError, match=r"or remove them\.$"):
        open_dataset("paired", root, degraded="lq/*_in.png", target="gt/*_gt.png")
