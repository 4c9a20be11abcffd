from __future__ import annotations

import subprocess
import sys

import pytest
from restorebench.bench.cli import COMMANDS, main
from restorebench.bench.cli.overview import GROUPS, overview


@pytest.mark.parametrize("width", [10, 40, 60, 80, 100, 300])
def test_every_command_is_listed_below_its_group_and_no_line_is_too_long(width: int):
    lines = overview(width).splitlines()
    assert max(map(len, lines)) <= min(max(width, 40), 100)
    place = -1
    for title, commands in GROUPS.items():
        place = lines.index(f"{title}:", place + 1)
        for name in commands:
            place = next(at for at, line in enumerate(lines[place:], place) if line.startswith(f"  {name} "))
    assert "Exit codes: 0 all went well" in " ".join(overview(width).split())


def test_groups_share_no_command():
    names = [name for commands in GROUPS.values() for name in commands]
    assert sorted(names) == sorted(COMMANDS)


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]], ids=["nothing", "--help", "-h"])
def test_it_is_printed_whatever_way_it_is_asked_for(words: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(words) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("Usage: restorebench COMMAND")
    assert printed.err == ""


def test_it_loads_no_library():
    code = (
        "import sys; from restorebench.bench.cli import main; main(['--help']); "
        "print([name for name in ('cyclopts', 'rich', 'numpy', 'torch', 'pandas') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 -- ours
    assert ended.stdout.splitlines()[-1] == "[]"
