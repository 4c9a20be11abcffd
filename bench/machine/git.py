"""Questions to git about the code that made a number."""

from __future__ import annotations

import subprocess
from pathlib import Path

__all__ = ["git_output"]

TIMEOUT_SECONDS = 10


def git_output(folder: Path, *arguments: str) -> str | None:
    """What `git -C FOLDER ARGUMENTS...` prints; `None` if git is absent, does not answer, or reports an error."""
    try:
        done = subprocess.run(  # noqa: S603 -- fixed arguments, no shell
            ["git", "-C", str(folder), *arguments],  # noqa: S607 -- whichever git the user has
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )  # fmt: skip -- one call, three lines
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
