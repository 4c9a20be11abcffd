from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import write_run
from helpers.table_runs import PRENET, shown


def test_html_is_escaped_and_marked(two: Path, capsys: pytest.CaptureFixture[str]):
    write_run(two, replace(PRENET, model="evil", title="<b>&", psnr=10.0, weights="f" * 64))
    text = shown(capsys, str(two), "--format", "html")
    assert "<td><b>29.46</b> <small>(29.46)</small></td>" in text
    assert '<th scope="row">&lt;b&gt;&amp;</th>' in text
