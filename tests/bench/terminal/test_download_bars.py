from __future__ import annotations

import sys

import pytest
from restorebench.bench.terminal.download_bars import download_bars
from restorebench.bench.terminal.verbosity import Verbosity, set_verbosity


@pytest.mark.parametrize(("terminal", "quiet"), [(False, False), (True, True), (False, True)])
def test_there_are_no_bars_off_a_terminal_and_none_in_quiet(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool, quiet: bool
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    set_verbosity(Verbosity(quiet=quiet))
    try:
        with download_bars() as bars:
            assert bars.begin is None
    finally:
        set_verbosity(Verbosity())


def test_a_file_has_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with download_bars() as bars:
        assert bars.begin is not None
        bars.begin("weights.pth")(3, 6)
        bars.note("another source")
    printed = capsys.readouterr().err
    assert "weights.pth" in printed
    assert "another source" in printed
