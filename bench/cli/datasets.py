"""`restorebench datasets`: list and show data sets, and verify copies on disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from ..evaluation.completers import complete_datasets
from ..evaluation.suites import Suite
from .common_options import with_verbosity
from .dataset_fetch import fetch
from .dataset_overlap import overlap
from .mistakes import explain

if TYPE_CHECKING:
    from ..contracts import DatasetCard, JsonValue

__all__ = ["datasets"]

datasets = App(name="datasets", help_format="plaintext", error_formatter=explain)
datasets.command(fetch)
datasets.command(overlap)


@datasets.default
@with_verbosity
def list_datasets(*, json: bool = False) -> int:
    """List every data set: task, pairs, default protocol, licence, layouts, how to get it; and suites of several.

    For example:
      restorebench datasets
      restorebench datasets show gopro
      restorebench datasets --json | jq '.[] | .how_to_get'

    Args:
        json: Print every card as JSON.
    """
    from ..datasets import DATASETS
    from ..evaluation.suites import SUITES
    from ..files.codec import encode
    from ..terminal.display import hint, print_json, print_lines

    cards = [DATASETS.get(name).card for name in DATASETS.names()]
    if json:
        print_json([encode(card) for card in cards])
        return 0
    print_lines([line for card in cards for line in _described(card)])
    print_lines([line for suite in SUITES.values() for line in _described_suite(suite)])
    hint("`restorebench datasets verify NAME=FOLDER` identifies a copy.")
    return 0


@datasets.command
@with_verbosity
def show(
    *names: Annotated[str, Parameter(completer=complete_datasets)],
    json: bool = False,
) -> int:
    """Show data sets or suites: what they are, how to get them, how their folders look, what to beware of.

    For example:
      restorebench datasets show gopro
      restorebench datasets show aio-5
      restorebench datasets show rsblur --json | jq '.[0].notes'

    Args:
        names: Data sets or suites.
        json: Print every card as JSON.
    """
    from ..datasets import DATASETS
    from ..errors import UsageError
    from ..evaluation.suites import SUITES
    from ..files.codec import encode
    from ..terminal.display import print_json, print_lines

    if not names:
        raise UsageError("There is nothing to show: name data sets, as in restorebench datasets show gopro.")
    found = [SUITES.get(name) or DATASETS.get(name).card for name in names]
    if json:
        print_json([encode(each) for each in found])
        return 0
    for each in found:
        print_lines(list(_described_suite(each) if isinstance(each, Suite) else _shown(each)))
    return 0


@datasets.command
@with_verbosity
def verify(
    *specs: Annotated[str, Parameter(completer=complete_datasets)],
    against: Annotated[str | None, Parameter(completer=complete_datasets)] = None,
    quick: bool = False,
    json: bool = False,
) -> int:
    """Identify copies on disk: layout, variant, pairs, image sizes, and whether the pixels match a known copy.

    For example:
      restorebench datasets verify gopro=/data/GOPRO_Large
      restorebench datasets verify gopro=GOPRO_Large.zip --against gopro=/data/GoPro/test
      restorebench datasets verify 'gopro[variant=blur_gamma]=/data/GOPRO_Large' rain100h=/data/Rain100H --json

    Pairs whose pixels differ from the known copy, or from the one to compare with, are named.

    Exit code: 0 if every copy is complete, readable and not known to be altered, and equal to the one to compare with;
    1 if one is not; 2 if one cannot be opened.

    Args:
        specs: NAME=FOLDER, or NAME[option=value]=FOLDER; FOLDER may be an archive, and a suite stands for its parts.
        against: NAME=FOLDER of another copy to compare with, pair by pair.
        quick: Read only image headers: check sizes, but no pixels and no fingerprint.
        json: Print everything as JSON.
    """
    from ...datasets.copies.differences import compare_copies
    from ...datasets.copies.verification import verify as verified
    from ..datasets import open_copy
    from ..errors import UsageError
    from ..evaluation.suites import expand
    from ..files.codec import encode
    from ..registry.specs import parse_spec
    from ..terminal.display import RunProgress, print_json, print_lines
    from .verified_copies import compared, verdict

    if not specs:
        raise UsageError("There is nothing to verify: name copies, as in restorebench datasets verify NAME=FOLDER.")
    other = None if against is None else parse_spec(against)
    reference = None if other is None else open_copy(other)
    documents: list[JsonValue] = []
    complete = True
    for spec in map(parse_spec, expand(specs, ["any"])[0]):
        copy = open_copy(spec)
        result = verified(copy, decode=not quick, progress=RunProgress())
        differences = None if reference is None else compare_copies(copy, reference, RunProgress())
        complete = complete and result.complete and (differences is None or differences.equal)
        document = _document(encode(result), complete=result.complete)
        documents.append(document if differences is None else _with(document, encode(differences)))
        if not json:
            print_lines([*verdict(result), *(() if differences is None else compared(differences))])
    if json:
        print_json(documents)
    return 0 if complete else 1


def _document(encoded: JsonValue, *, complete: bool) -> JsonValue:
    return {"complete": complete, **encoded} if isinstance(encoded, dict) else encoded


def _with(document: JsonValue, differences: JsonValue) -> JsonValue:
    return {**document, "against": differences} if isinstance(document, dict) else document


def _described_suite(suite: Suite) -> Iterator[str]:
    yield f"{suite.name}: {suite.title} (suite)"
    yield f"  {len(suite.parts)} parts, protocol {suite.protocol}; tables have the mean of their means"
    for part in suite.parts:
        yield f"  part:     {part.dataset}, below FOLDER/{part.folder}"
    first = suite.parts[-1].name
    yield f"  use {suite.name}=FOLDER, or {suite.name}[{first}=ELSEWHERE]=FOLDER for a part that lies elsewhere"
    yield f"  source: {suite.source}"
    yield ""


def _shown(card: DatasetCard) -> Iterator[str]:
    yield from list(_described(card))[:-1]
    if card.citation is not None:
        yield f"  paper: {card.citation.text}"
    yield ""


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
