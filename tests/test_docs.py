"""What the documentation says is true: links, commands, examples, generated parts."""

from __future__ import annotations

import ast
import contextlib
import doctest
import importlib
import io
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import generate
import pytest
from cyclopts import CycloptsError, MissingArgumentError
from restorebench import bench
from restorebench.bench.cli import COMMANDS, main, make_app
from restorebench.bench.datasets import DATASETS
from restorebench.bench.models.entries import MODELS
from restorebench.bench.runs.run import find_runs

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>runnable[^>]*) -->\n\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
ENTRY_POINT_GROUPS = {f"restorebench.{kind}" for kind in ("models", "datasets", "protocols", "metrics")}
SHELL = re.compile(r"\s+(?:\d?>|\||#|<).*$")
"""Where the shell's own part of a line begins."""


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(page: Path, *languages: str) -> Iterator[re.Match[str]]:
    """The fenced blocks of a page in one of these languages."""
    text = page.read_text(encoding="utf-8")
    return (found for found in BLOCK.finditer(text) if found["language"] in languages)


def anchors(page: Path) -> set[str]:
    """What GitHub calls the headings of a page."""
    prose = BLOCK.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_resolve(page: Path) -> None:
    for found in LINK.finditer(BLOCK.sub("", page.read_text(encoding="utf-8"))):
        target, _, anchor = found["target"].partition("#")
        if "://" in target:
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{named(page)} links to {found['target']}"
        assert not anchor or anchor in anchors(file), f"{named(page)} links to {found['target']}"


@pytest.mark.parametrize("page", [page for page in PAGES if DOCS in page.parents], ids=named)
def test_the_map_has_every_page(page: Path) -> None:
    linked = {(DOCS / found["target"]).resolve() for found in LINK.finditer((DOCS / "README.md").read_text("utf-8"))}
    assert page in linked | {DOCS / "README.md"}, f"docs/README.md does not link to {named(page)}"


def commands() -> Iterator[tuple[str, str, bool]]:
    """Every command line of ours: page, words, and whether it is to be typed as it stands."""
    for page in PAGES:
        for found in blocks(page, "sh"):
            for line in found["text"].replace("\\\n", " ").splitlines():
                start = re.match(r"\s*(?:\w+=\S+ )*restorebench (.*)", line)
                if start is not None:
                    yield named(page), start[1], True
        prose = BLOCK.sub("", page.read_text(encoding="utf-8"))
        for inline in re.findall(r"`restorebench ([a-z][^`]*)`", prose):
            yield named(page), inline, False


@pytest.mark.parametrize(("page", "line", "typed"), sorted(set(commands())), ids=str)
def test_commands_parse(page: str, line: str, typed: bool) -> None:  # noqa: FBT001 -- parametrised
    words = shlex.split(SHELL.sub("", line))
    assert words[0] in COMMANDS, f"{page}: there is no command {words[0]}"
    if words[-1] == "--help":
        return
    try:
        make_app(words).parse_args(words, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        if typed or not isinstance(error, MissingArgumentError):  # prose may name a command alone
            pytest.fail(f"{page}: restorebench {line}: {error}")


@pytest.mark.parametrize("page", [page for page in PAGES if any(blocks(page, "python"))], ids=named)
def test_python_is_python(page: Path) -> None:
    for found in blocks(page, "python"):
        text = found["text"]
        is_entry = re.fullmatch(r'(?:\s+"[^"]+": "[^"]+",\n)+', text)  # lines of a catalogue
        ast.parse(f"{{\n{text}}}" if is_entry else text)


def runnable() -> Iterator[tuple[str, str, str]]:
    for page in PAGES:
        for found in blocks(page, "python"):
            if found["mark"]:
                yield named(page), found["mark"].removeprefix("runnable").removeprefix(" in "), found["text"]


def execute(page: str, package: str, text: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module that a block of a page is, in a package if it says so."""
    module = ModuleType(f"{package}.of_the_docs" if package else "of_the_docs")
    module.__package__ = package or None
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(text, page, "exec"), module.__dict__)  # noqa: S102 -- our own pages
    return module


@pytest.fixture(autouse=True)
def _registries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What pages register is forgotten after each test."""
    for registry in (MODELS, DATASETS):
        monkeypatch.setattr(registry, "_registered", dict(registry._registered))


@pytest.mark.parametrize(("page", "package", "text"), list(runnable()), ids=lambda value: str(value)[:40])
def test_runnable_python_runs(page: str, package: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        execute(page, package, text, monkeypatch)
    assert printed.getvalue() in (ROOT / page).read_text(encoding="utf-8")


def test_the_network_of_add_a_model_has_the_size_that_its_test_says(monkeypatch: pytest.MonkeyPatch) -> None:
    page, package, text = next(each for each in runnable() if "add-a-model" in each[0] and "class SRCNN" in each[2])
    network = execute(page, package, text, monkeypatch).SRCNN()
    parameters = sum(each.numel() for each in network.parameters())
    assert f"{parameters:_}" in (ROOT / page).read_text(encoding="utf-8")


def test_the_examples_of_the_python_page_are_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    page = str(DOCS / "reference" / "python.md")
    failed, tried = doctest.testfile(page, module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert tried > 20
    assert failed == 0


def test_the_python_page_has_every_name() -> None:
    text = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
    assert [name for name in bench.__all__ if f"`{name}`" not in text] == []


@pytest.mark.parametrize("page", list(generate.pages()), ids=named)
def test_generated_parts_are_what_the_program_says_now(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == generate.generated(page), f"{named(page)} is stale: make docs"


def test_every_part_that_can_be_written_is_on_a_page() -> None:
    texts = [page.read_text(encoding="utf-8") for page in generate.pages()]
    assert {found["name"] for text in texts for found in generate.PART.finditer(text)} == set(generate.WRITERS)


def test_tables_of_the_readme_and_the_tutorial_are_drawn_from_records() -> None:
    assert {ROOT / "README.md", DOCS / "tutorial.md"} <= set(generate.pages())
    typed = [BLOCK.findall(generate.PART.sub("", page.read_text(encoding="utf-8"))) for page in generate.pages()]
    assert "PSNR ↑" not in str(typed)


@pytest.mark.slow
def test_the_quickstart_gives_what_was_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert main(["quickstart", "--out", str(tmp_path / "quickstart")]) == 0
    recorded, now = find_runs(DOCS / "data" / "quickstart"), find_runs(tmp_path / "quickstart")
    assert [(run.dataset, run.model) for run in recorded] == [(run.dataset, run.model) for run in now]
    for old, new in zip(recorded, now, strict=True):
        assert list(old.scores["psnr"]) == pytest.approx(list(new.scores["psnr"]), abs=0.01)
        assert list(old.scores["ssim"]) == pytest.approx(list(new.scores["ssim"]), abs=1e-3)


EXAMPLES = {
    "baselines/srcnn.py", "tests/baselines/test_srcnn.py", "baselines/yours.py",
    "datasets/foggy.py", "tests/datasets/test_foggy.py", "datasets/yours.py",
}  # fmt: skip
"""Files that a how-to page tells its reader to write."""


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_paths_that_a_page_names_exist(page: Path) -> None:
    prose = BLOCK.sub("", page.read_text(encoding="utf-8"))
    paths = re.findall(r"`((?:bench|datasets|baselines|reports|tests|docs)/[\w/.-]*)`", prose)
    missing = {path for path in paths if not (ROOT / path).exists()} - EXAMPLES
    assert missing == set(), f"{named(page)} names {missing}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_modules_that_a_page_names_exist(page: Path) -> None:
    for dotted in re.findall(r"`(restorebench(?:\.\w+)+)`", BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if dotted in ENTRY_POINT_GROUPS:
            continue
        path = ROOT.joinpath(*dotted.split(".")[1:])
        name = f"{named(page)} names {dotted}"
        if not (path.is_dir() or path.with_suffix(".py").exists()):
            assert path.parent.is_dir() or path.parent.with_suffix(".py").exists(), name
            assert hasattr(importlib.import_module(dotted.rpartition(".")[0]), path.name), name


def test_the_tutorials_own_model_is_the_one_that_is_tested() -> None:
    tree = ast.parse((ROOT / "tests" / "bench" / "cli" / "test_run.py").read_text(encoding="utf-8"))
    tested = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MY_MODEL"
    )
    shown = next(
        found["text"] for found in blocks(DOCS / "tutorial.md", "python") if found["text"].startswith("# mine.py\n")
    )
    assert shown == f"# mine.py\n{tested}"
    assert len(shown.splitlines()) <= 15


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_machine_or_a_registry(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for word in ("/root/", "/home/", "index-url"):
        assert word not in text, f"{named(page)} names {word}"
