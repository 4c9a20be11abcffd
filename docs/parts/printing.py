"""What commands print."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from typing import Any

from restorebench.bench.cli import main


def printed(*words: str) -> str:
    """What `restorebench WORDS` prints as its result; messages are left out."""
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()):
        main(list(words))
    return printed.getvalue()


ON_A_TERMINAL = """\
import sys
sys.stdout.isatty = sys.stderr.isatty = lambda: True
from restorebench.bench.cli import main
sys.exit(main())
"""


def shown(*words: str, columns: int) -> str:
    """What `restorebench WORDS` shows on a terminal of so many columns, messages included, without styles."""
    environment = {"COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "xterm", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-u", "-c", ON_A_TERMINAL, *words],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


def listed(command: str) -> list[dict[str, Any]]:
    """What `restorebench COMMAND --json` prints."""
    return json.loads(printed(command, "--json"))
