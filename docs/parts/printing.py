"""What commands print."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

from restorebench.bench.cli import main


def printed(*words: str) -> str:
    """What `restorebench WORDS` prints as its result; messages are left out."""
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()):
        main(list(words))
    return printed.getvalue()


def listed(command: str) -> list[dict[str, Any]]:
    """What `restorebench COMMAND --json` prints."""
    return json.loads(printed(command, "--json"))
