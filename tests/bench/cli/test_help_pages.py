from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from cyclopts import App
from restorebench.bench.cli import COMMANDS, main, make_app
from restorebench.bench.cli.help_pages import shown_default


def shown(words: list[str], columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main([*words, "--help"]) == 0
    return capsys.readouterr().out


def is_example(line: str) -> bool:
    return line.startswith("  ")


@pytest.mark.parametrize("command", COMMANDS)
def test_prose_fits_the_terminal_and_examples_are_whole(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    narrow, wide = (shown([command], columns, monkeypatch, capsys).splitlines() for columns in (60, 200))
    assert all(len(line.rstrip()) <= 60 for line in narrow if not is_example(line))
    assert all(len(line.rstrip()) <= 100 for line in wide if not is_example(line))
    assert [line for line in narrow if is_example(line)] == [line for line in wide if is_example(line)]


def test_a_paragraph_has_no_line_breaks_of_its_docstring(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(["quickstart"], 80, monkeypatch, capsys).splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("The photographs come"))
    paragraph = lines[start : lines.index("", start)]
    for line, following in pairwise(paragraph):
        assert len(line.rstrip()) + 1 + len(following.split()[0]) > 80, "a word of the next line had room in this one"


def test_defaults_are_shown_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(shown(["profile"], 100, monkeypatch, capsys).replace("│", " ").split())
    assert "Maximum time per model and setting. [default: 10]" in text
    assert "Output folder for OUT/cost/MODEL.json. [default: restorebench-out]" in text
    assert "as in 720x1280 (default: 256x256). --batch" in text


def pages() -> Iterator[tuple[list[str], App]]:
    for name in COMMANDS:
        app = make_app([name])[name]
        yield from (([name, each], app[each]) for each in app if not each.startswith("-"))
        yield [name], app


def test_every_default_is_on_its_page(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    seen = 0
    for words, app in pages():
        text = ""
        for argument in app.assemble_argument_collection(parse_docstring=True) if app.default_command else ():
            default = shown_default(argument.field_info.default)
            if default and argument.field_info.default is not argument.field_info.empty:
                text = text or " ".join(shown(words, 100, monkeypatch, capsys).replace("│", " ").split())
                seen += 1
                assert f"[default: {default}]" in text or "default" in (argument.parameter.help or ""), argument.name
    assert seen > 30


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, None),
        ("", None),
        ((), None),
        (0, "0"),
        (10.0, "10"),
        (("1", "2"), "1 2"),
        (Path("out"), "out"),
    ],
)
def test_a_default_is_written_as_it_is_typed(value: object, text: str | None) -> None:
    assert shown_default(value) == text
