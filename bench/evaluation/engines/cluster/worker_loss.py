"""Why a worker was lost, from what Ray says about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["by_image", "cause"]

LONGEST = 200
"""Characters of a cause."""


def by_image(ray: ModuleType, error: Exception) -> bool:
    """Whether an image may be to blame: the process died, hung or raised, and not its node."""
    if isinstance(error, (ray.exceptions.ActorUnavailableError, ray.exceptions.ObjectLostError)):
        return False
    return not re.search(r"\bnode\b.*\b(died|dead|lost|terminated|preempted)", str(error))


def cause(error: Exception) -> str:
    """The telling line of an error, without its full stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    exits = [line for line in lines if "exit type" in line]
    text = (exits or lines[-1:] or [type(error).__name__])[0]
    return text[:LONGEST].rstrip(". ")
