"""What `datasets verify` and `datasets fetch` say about a copy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import few
from ..terminal.wording import counted

if TYPE_CHECKING:
    from ...datasets.copies.differences import Differences
    from ...datasets.copies.verification import Verification

__all__ = ["compared", "verdict"]

SHOWN = 5
"""Number of missing keys and of problems printed; --json lists all."""

MOST_DIFFERENT = 200
"""Number of differing pairs printed; --json lists all."""


def verdict(result: Verification) -> Iterator[str]:
    """What was found out about a copy, line by line."""
    variant = f", variant {result.variant}" if result.variant else ""
    yield f"{result.title}{variant}: {'; '.join(_shortcomings(result)) or 'complete'}"
    expected = "" if result.expected_pairs is None else f" of {result.expected_pairs}"
    facts = {
        "folder": result.root,
        "layout": result.layout,
        "pairs": f"{result.found_pairs}{expected}",
        "missing": few(result.missing, SHOWN),
        "sizes": ", ".join(f"{size} ({count})" for size, count in result.sizes.items()),
        "wrong sizes": ", ".join(result.wrong_sizes),
        "fingerprint": result.pixel_fingerprint,
        "pixels": _pixels(result),
    }
    yield from (f"  {label:<12} {value}" for label, value in facts.items() if value)
    yield from (f"  {'problem':<12} {problem}" for problem in result.problems[:SHOWN])
    if len(result.problems) > SHOWN:
        yield f"  {'problem':<12} and {len(result.problems) - SHOWN} more: see --json"
    yield from (f"  {'warning':<12} {warning}" for warning in result.warnings)


def compared(differences: Differences) -> Iterator[str]:
    """What differs from the copy to compare with, pair by pair."""
    equal = differences.compared - len(differences.different)
    shared = counted(differences.compared, "shared pair")
    yield f"  {'against':<12} {equal} of {shared} equal those of {differences.second}"
    for label, keys in (("only here", differences.only_first), ("only there", differences.only_second)):
        if keys:
            yield f"  {label:<12} {few(keys, MOST_DIFFERENT)}"
    for pair in differences.different[:MOST_DIFFERENT]:
        yield f"  {'differs':<12} {pair.key}: {pair.difference}"
    if len(differences.different) > MOST_DIFFERENT:
        yield f"  {'differs':<12} and {len(differences.different) - MOST_DIFFERENT} more: see --json"


def _shortcomings(result: Verification) -> Iterator[str]:
    """Reasons for calling a copy incomplete, with exit code 1."""
    if result.expected_pairs is not None and result.found_pairs != result.expected_pairs:
        yield f"partial, {result.found_pairs} of {result.expected_pairs} pairs"
    elif result.missing:
        yield f"{counted(len(result.missing), 'expected pair')} missing, with others in their place"
    if result.problems:
        yield f"{counted(len(result.problems), 'pair')} cannot be used"
    if result.wrong_sizes:
        yield f"altered, images of {', '.join(result.wrong_sizes)}"
    if result.different:
        yield f"altered, different from the known copy in {counted(len(result.different), 'pair')}"


def _pixels(result: Verification) -> str:
    if not result.pixel_fingerprint and not result.compared_pairs:
        return "" if result.problems else "not decoded"
    if result.known == "unknown":
        return "no known copy to compare with"
    identical = result.compared_pairs - len(result.different)
    text = f"{identical} of {result.compared_pairs} compared pairs are identical to the copy of {result.known_source}"
    return f"{text}; different: {few(result.different, MOST_DIFFERENT)}" if result.different else text
