from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from restorebench.bench.errors import UsageError
from restorebench.bench.registry.options import bind_arguments
from restorebench.bench.registry.specs import parse_spec

WHAT = "model ./net.py:Net"


class Net:
    def __init__(  # noqa: PLR0917 -- one of each kind
        self,
        width,  # noqa: ANN001 -- unannotated on purpose
        depth: int = 2,
        slope=0.5,  # noqa: ANN001
        act="relu",  # noqa: ANN001
        heads=(1, 2),  # noqa: ANN001
        bias: bool | None = None,  # noqa: FBT001 -- as people write it
        weights: Path | None = None,
        later: Unknown = 3,  # noqa: F821  # pyright: ignore[reportUndefinedVariable] -- a name that exists for type checkers only
        mode: Literal["sum", 4] = "sum",
        sizes: list[int] | None = None,
    ) -> None:
        del width, depth, slope, act, heads, bias, weights, later, mode, sizes


def build(**kwargs: Any) -> dict[str, Any]:
    return kwargs


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("width", "8", 8),
        ("width", "0.5", 0.5),
        ("width", "[1, [2, 3]]", [1, [2, 3]]),
        ("width", "thin", "thin"),
        ("depth", "8", 8),
        ("slope", "2", 2.0),
        ("act", "8", "8"),
        ("heads", "[3, 4]", (3, 4)),
        ("bias", "no", False),
        ("bias", "none", None),
        ("weights", "a/b.pth", Path("a/b.pth")),
        ("later", "9", 9),
        ("mode", "4", 4),
        ("sizes", "[1,2]", [1, 2]),
    ],
)
def test_a_value_has_the_type_of_the_annotation_or_the_default(name: str, text: str, value: object):
    bound = bind_arguments(Net, {"width": "1", name: text}, WHAT)[name]
    assert bound == value
    assert type(bound) is type(value) or isinstance(value, Path)


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (Net, {}, r"The model ./net.py:Net needs width: write ./net.py:Net\[width=VALUE\]"),
        (Net, {"widht": "8"}, r"no option 'widht': did you mean width"),
        (Net, {"width": "8", "depth": "x"}, "must be int"),
        (Net, {"width": "8", "sizes": "[x]"}, "must be list"),
        (Net, {"width": "8", "mode": "mean"}, "is not a value for option 'mode'"),
        (partial(Net, 3), {"depht": "8"}, "did you mean depth"),
        (lambda: None, {"a": "1"}, "has no option 'a': it takes none"),
    ],
)
def test_a_wrong_call_is_one_sentence(function: Any, options: dict[str, str], message: str):
    with pytest.raises(UsageError, match=message):
        bind_arguments(function, options, WHAT)


def test_partials_and_keyword_builders():
    assert bind_arguments(partial(Net, width=3), {"depth": "4"}, WHAT) == {"depth": 4}
    assert bind_arguments(build, {"a": "1", "b": "x", "c": "[1]"}, WHAT) == {"a": 1, "b": "x", "c": [1]}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a[x=[1,[2,3]],y=4]=w.pth", {"x": "[1,[2,3]]", "y": "4"}),
        ('a[x="1,2]",y=z]', {"x": '"1,2]"', "y": "z"}),
        ("a[x=don't,y=it's]", {"x": "don't", "y": "it's"}),
        ("a[x={k = 1, l = 2},y=(1,2)]", {"x": "{k = 1, l = 2}", "y": "(1,2)"}),
        ("cmd:run --x=[1] {input} {output}", {}),
        ("cmd:run --x=1 {input} {output}[timeout=5]", {"timeout": "5"}),
    ],
)
def test_values_may_hold_brackets_and_quotes(text: str, options: dict[str, str]):
    spec = parse_spec(text)
    assert spec.options == options
    assert parse_spec(str(spec)).options == options
