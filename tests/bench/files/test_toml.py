from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from restorebench.bench.errors import UsageError
from restorebench.bench.files.toml import decode_settings, read_document


@dataclass(frozen=True)
class Stage:
    iterations: int
    optimiser: Literal["adam", "sgd"] = "adam"


@dataclass(frozen=True)
class Settings:
    title: str
    stages: tuple[Stage, ...] = ()
    first: Stage | None = None
    losses: Mapping[Literal["l1", "psnr"], float] = field(default_factory=dict)
    named: Mapping[str, Stage] = field(default_factory=dict)
    limit: int | None = None


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    return path


def test_a_file_becomes_a_dataclass(tmp_path: Path):
    text = "title = 'a'\nlosses = { l1 = 1 }\n[[stages]]\niterations = 3\n[named.x]\niterations = 4\n"
    found = read_document(Settings, written(tmp_path, text), "settings file")
    assert found == Settings("a", (Stage(3),), None, {"l1": 1.0}, {"x": Stage(4)})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "settings.toml: title is missing"),
        ("title = 'a'\nlimit = 'ten'", r"settings\.toml: limit: expected an integer, got a text\.$"),
        ("titel = 'a'", "settings.toml has the unknown key 'titel': did you mean title"),
        ("title = 'a'\n[[stages]]\niteration = 3", "stages 1 has the unknown key 'iteration': did you mean iterations"),
        ("title = 'a'\nfirst = { iterations = 1, speed = 2 }", "first has the unknown key 'speed'"),
        ("title = 'a'\nnamed = { x = { iteration = 1 } }", "named: x has the unknown key 'iteration'"),
        ("title = 'a'\nlosses = { l2 = 1 }", "losses: unknown key 'l2': known are l1, psnr"),
        ("title = 'a'\nlosses = { l1 = nan }", "losses.l1: nan is no finite number"),
        ("title = 1", "title: expected a text, got an integer"),
        ("title = 'a'\n[[stages]]\niterations = 1.5", r"stages\[0\].iterations: expected an integer, got a number"),
        (f"title = 'a'\nfirst = {{ iterations = 1{'0' * 400} }}", "first.iterations: an integer is too large"),
        (f"title = 1{'0' * 5000}", "is not a TOML file"),
        ("title = 'a'\ntitle = 'b'", "is not a TOML file"),
        (r'title = "gopro=C:\data"', r"single quotes, as in 'gopro=C:\\data'"),
        (r'title = "C:\Users\me"', "single quotes"),
        (f"title = {'[' * 5000}", "is not a TOML file"),
        ("title = 2020-01-01", "title: expected a text, got"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_where(tmp_path: Path, text: str, message: str):
    with pytest.raises(UsageError, match=message):
        read_document(Settings, written(tmp_path, text), "settings file")


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path):
    with pytest.raises(UsageError, match=r"There is no settings file .*absent\.toml: correct the path\.$"):
        read_document(Settings, tmp_path / "absent.toml", "settings file")
    (tmp_path / "suite.toml").touch()
    with pytest.raises(UsageError, match=r"There is no settings file .*suit\.toml: did you mean suite\.toml\?$"):
        read_document(Settings, tmp_path / "suit.toml", "settings file")
    with pytest.raises(UsageError, match="cannot be read"):
        read_document(Settings, tmp_path, "settings file")


@given(
    st.dictionaries(
        st.sampled_from(["title", "stages", "first", "losses", "other"]),
        st.recursive(
            st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["iterations", "l1", "x"]), inner),
        ),
    )
)
def test_any_table_is_settings_or_a_usage_error(table: dict[str, object]):
    try:
        assert isinstance(decode_settings(Settings, table, "a.toml"), Settings)  # pyright: ignore[reportArgumentType]
    except UsageError as error:
        assert str(error).startswith("a.toml")  # noqa: PT017 -- either is right
