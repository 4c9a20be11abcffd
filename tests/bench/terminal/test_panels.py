from __future__ import annotations

import base64
import io
import re

import numpy as np
from PIL import Image
from restorebench.bench.terminal.panels import Panel, Shown


def test_everything_is_escaped() -> None:
    hostile = "<script>&\"'"
    picture = np.zeros((4, 4, 3), np.uint8)
    html = Panel(hostile, (hostile,), ((hostile, hostile),), (hostile,), ((hostile, picture),)).html()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 7


def test_pictures_are_small_and_keep_their_proportions() -> None:
    html = Panel("a", pictures=(("degraded", np.full((300, 600, 3), 128, np.uint8)),)).html()
    [content] = re.findall(r"base64,([^\"]+)", html)
    with Image.open(io.BytesIO(base64.b64decode(content))) as image:
        assert image.size == (160, 80)
        assert image.getpixel((80, 40)) == (128, 128, 128)


def test_long_tables_are_cut_with_a_note() -> None:
    html = Panel("a", ("name",), [(f"row{number}",) for number in range(23)]).html()
    assert "row19" in html
    assert "row20" not in html
    assert "3 more rows: see to_dataframe()." in html


def test_an_object_is_shown_by_its_panel() -> None:
    class Thing(Shown):
        def _panel(self) -> Panel:
            return Panel("Thing: 1", ("a", "b"), (("x", "2"),))

    assert repr(Thing()) == "<Thing: 1>"
    assert Thing()._repr_html_() == (
        "<div><p><b>Thing: 1</b></p><table><thead><tr><th>a</th><th>b</th></tr></thead>"
        "<tbody><tr><th>x</th><td>2</td></tr></tbody></table></div>"
    )
