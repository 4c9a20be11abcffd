from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from restorebench.bench.errors import UsageError
from restorebench.bench.registry.specs import Spec, bind_options, parse_spec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("prenet", Spec("prenet")),
        ("prenet=a=b.pth", Spec("prenet", Path("a=b.pth"))),
        (r"gopro=C:\data", Spec("gopro", Path(r"C:\data"))),
        ("gopro=/data/[old]", Spec("gopro", Path("/data/[old]"))),
        ("./mine.py:build=w.pth", Spec("./mine.py:build", Path("w.pth"))),
        ("a[x=1, y=b]", Spec("a", None, {"x": "1", "y": "b"})),
        ("a[x=*_in.png]=/data", Spec("a", Path("/data"), {"x": "*_in.png"})),
    ],
)
def test_a_specification_is_split(text: str, spec: Spec):
    assert parse_spec(text) == spec


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a[x=1", "no closing one"),
        ("a[x]", "has no value"),
        ("=path", "has no name"),
        ("a=", "empty path"),
        ("a[x=1]path", "after its bracket"),
    ],
)
def test_a_wrong_specification_is_one_sentence(text: str, message: str):
    with pytest.raises(UsageError, match=message):
        parse_spec(text)


def opener(
    root: Path,
    *,
    variant: Literal["blur", "blur_gamma"] = "blur",
    count: int = 1,
    eps: float | None = None,
    strict: bool = False,
) -> None:  # fmt: skip -- a signature to read, not to run
    del root, variant, count, eps, strict


def test_options_are_converted_by_their_annotations():
    given = {"variant": "blur_gamma", "count": "3", "eps": "0.5", "strict": "yes"}
    assert bind_options(opener, given, "set") == {"variant": "blur_gamma", "count": 3, "eps": 0.5, "strict": True}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"varaint": "blur"}, "no option 'varaint': did you mean variant"),
        ({"variant": "blur_gama"}, "did you mean blur_gamma"),
        ({"count": "three"}, "must be int"),
        ({"strict": "perhaps"}, "must be bool"),
        ({"root": "x"}, "no option 'root'"),
    ],
)
def test_a_wrong_option_is_one_sentence(options: dict[str, str], message: str):
    with pytest.raises(UsageError, match=message):
        bind_options(opener, options, "set")
