"""`restorebench published`: search published results."""

from __future__ import annotations

from .common_options import with_verbosity

__all__ = ["published"]


@with_verbosity
def published(
    *text: str, dataset: str = "", model: str = "", metric: str = "", protocol: str = "", json: bool = False
) -> int:
    """Search published results, each with its protocol, training data and source.

    Results with different protocols or training data are not comparable.

    For example:
      restorebench published PReNet --dataset Rain100H
      restorebench published --dataset GoPro --metric SSIM --protocol uformer@1
      restorebench published README --model NAFNet --json

    Exit code: 0, 1 if nothing was found, 2 for a usage error.

    Args:
        text: Words that must all occur in a result.
        dataset: Name of a data set, as in `GoPro`.
        model: Part of a model's name.
        metric: `PSNR`, `SSIM`, `LPIPS`, `FID`, or a cost such as `params_M`.
        protocol: Only results with this protocol, as in `rain100h@1`.
        json: Print every field as JSON.
    """
    from ...reports.board.published import load_published, search_published
    from ..files.codec import encode
    from ..terminal.display import hint, new_table, print_json, print_table

    everything = load_published()
    _check_known("on the data set", dataset, {number.dataset for number in everything})
    _check_known("by the metric", metric, {number.metric for number in everything})
    _check_known("by the protocol", protocol, {number.protocol for number in everything})
    _check_known("of the model", model, {number.model for number in everything}, part=True)
    found = search_published(" ".join(text), dataset=dataset, model=model, metric=metric, protocol=protocol)
    if json:
        print_json(encode(found))
        return 0 if found else 1
    if not found:
        hint("No published result matches: use fewer words, or omit --dataset, --model, --metric or --protocol.")
        return 1
    table = new_table(
        "Data set", "Model", "Metric", "Value", "Protocol", "Inference", "Trained on", "Source", right=["Value"]
    )
    for number in found:
        protocol_shown = number.protocol or number.protocol_text
        source = f"{number.source}, by others than its authors" if number.secondhand else number.source
        table.add_row(
            *map(_plain, (number.dataset, number.model, number.metric, number.text)),
            *map(_plain, (protocol_shown, number.inference, number.trained_on, source)),
        )
    print_table(table)
    return 0


def _check_known(what: str, typed: str, known: set[str], *, part: bool = False) -> None:
    """Refuse a name that no result has, with a close one; `part` if it may be a part of a name."""
    from ..errors import UsageError, did_you_mean

    names = known - {""}
    lower = typed.casefold()
    if typed and not any(lower == name.casefold() or (part and lower in name.casefold()) for name in names):
        raise UsageError(f"There is no published result {what} {typed!r}{did_you_mean(typed, names)}")


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
