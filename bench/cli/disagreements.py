"""After a run: explain published numbers that it does not give, where that takes little beside the run itself."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import RestorebenchError
from ..runs.run import Run
from ..terminal.paths import typed_path
from ..terminal.progress import Progress

__all__ = ["explain_disagreements"]

MOST_PIXELS = 30_000_000
"""Of all images of a run together: Rain100H has half as many, and takes a minute on two cores."""


def explain_disagreements(runs: Iterable[Run], progress: Progress) -> None:
    """Measure, in every way, the kept images of runs that differ from a published number, and say what explains it.

    The run folder keeps the measurements, and a report shows the explanation behind the number.
    """
    from ...reports.board.explaining import published_claims
    from ..explanation.explain import explain
    from ..explanation.material import kept_images
    from ..explanation.wording import describe

    for run in runs:
        if not kept_images(run) or not (claims := published_claims(run)):
            continue
        if _pixels(run) > MOST_PIXELS:
            progress.note(f"To explain the published number: restorebench explain {typed_path(run.path)}")
            continue
        for each in claims:
            try:
                progress.note(f"Published: {describe(explain(run, each, progress=progress))}")
            except RestorebenchError as error:  # the run itself went well
                progress.note(f"The published number is not explained: {error}")


def _pixels(run: Run) -> int:
    return sum(record.size[0] * record.size[1] for record in run.records if record.size is not None)
