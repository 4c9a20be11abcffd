"""`restorebench datasets`: list data sets, and verify copies on disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from ..errors import few
from ..evaluation.completers import complete_datasets
from ..terminal.wording import counted
from .common_options import with_verbosity
from .mistakes import explain

if TYPE_CHECKING:
    from ...datasets.copies.verification import Verification
    from ..contracts import DatasetCard, JsonValue

__all__ = ["datasets", "verdict_lines"]

datasets = App(name="datasets", help_format="plaintext", error_formatter=explain)

SHOWN = 5
"""Number of missing or differing keys printed; --json lists all."""


@datasets.default
@with_verbosity
def list_datasets(*, json: bool = False) -> int:
    """List every data set: task, pairs, default protocol, licence, layouts, how to get it.

    For example:
      restorebench datasets
      restorebench datasets --json | jq '.[] | .how_to_get'

    Args:
        json: Print every card as JSON.
    """
    from ..datasets import DATASETS
    from ..files.codec import encode
    from ..terminal.display import hint, print_json, print_lines

    cards = [DATASETS.get(name).card for name in DATASETS.names()]
    if json:
        print_json([encode(card) for card in cards])
        return 0
    print_lines([line for card in cards for line in _described(card)])
    hint("`restorebench datasets verify NAME=FOLDER` identifies a copy.")
    return 0


@datasets.command
@with_verbosity
def verify(
    *specs: Annotated[str, Parameter(completer=complete_datasets)], quick: bool = False, json: bool = False
) -> int:
    """Identify copies on disk: layout, variant, pairs, image sizes, and whether the pixels match a known copy.

    For example:
      restorebench datasets verify gopro=/data/GOPRO_Large
      restorebench datasets verify 'gopro[variant=blur_gamma]=/data/GOPRO_Large' rain100h=/data/Rain100H --json

    Exit code: 0 if every copy is complete, readable and not known to be altered; 1 if one is not; 2 if one cannot be
    opened.

    Args:
        specs: NAME=FOLDER, or NAME[option=value]=FOLDER.
        quick: Read only image headers: check sizes, but no pixels and no fingerprint.
        json: Print everything as JSON.
    """
    from ...datasets.copies.verification import verify as verified
    from ..datasets import open_copy
    from ..errors import UsageError
    from ..files.codec import encode
    from ..registry.specs import parse_spec
    from ..terminal.display import RunProgress, print_json, print_lines

    if not specs:
        raise UsageError("There is nothing to verify: name copies, as in restorebench datasets verify NAME=FOLDER.")
    documents: list[JsonValue] = []
    complete = True
    for spec in map(parse_spec, specs):
        result = verified(open_copy(spec), decode=not quick, progress=RunProgress())
        complete = complete and result.complete
        documents.append(_document(encode(result), complete=result.complete))
        if not json:
            print_lines(list(verdict_lines(result)))
    if json:
        print_json(documents)
    return 0 if complete else 1


def _document(encoded: JsonValue, *, complete: bool) -> JsonValue:
    return {"complete": complete, **encoded} if isinstance(encoded, dict) else encoded


def _described(card: DatasetCard) -> Iterator[str]:
    pairs = "any number of" if card.expected_pairs is None else card.expected_pairs
    demonstration = " (demonstration)" if card.demonstration else ""
    yield f"{card.name}: {card.title}{demonstration}"
    yield f"  {card.task}, {pairs} pairs, protocol {card.default_protocol}, licence: {card.licence}"
    yield f"  {card.how_to_get}"
    for number, layout in enumerate(card.layouts):
        yield f"  {'layouts:' if number == 0 else '        '} {layout}"
    if card.homepage:
        yield f"  {card.homepage}"
    yield from (f"  note: {note}" for note in card.notes)
    yield ""


def verdict_lines(result: Verification) -> Iterator[str]:
    """What is printed of a verified copy."""
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
    return f"{text}; different: {few(result.different, SHOWN)}" if result.different else text
