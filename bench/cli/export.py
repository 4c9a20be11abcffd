"""`restorebench export`: results in the formats of Hugging Face and of Every Eval Ever."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from ..evaluation.completers import complete_protocols
from .common_options import with_verbosity
from .completers import complete_runs
from .output_folders import refuse_file_name

__all__ = ["export"]

export = App(
    name="export",
    help_format="plaintext",
    help="Write results in the formats of Hugging Face and of Every Eval Ever.\n\n"
    "For example:\n  restorebench export hf restorebench-out --out hf\n"
    "  restorebench export eee restorebench-out --out eee --organization 'My Lab' --relationship third_party",
)


@export.command
@with_verbosity
def hf(
    runs: Annotated[list[Path], Parameter(completer=complete_runs)],
    *,
    out: Path,
    protocol: Annotated[
        list[str] | None, Parameter(name=["--protocol", "-p"], consume_multiple=True, completer=complete_protocols)
    ] = None,
    benchmark: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    source: str = "",
) -> int:
    """Write evaluation results for model repositories on Hugging Face, one folder for each model.

    OUT/MODEL/README.md has the results as `model-index` in its front matter, and as a table. With --benchmark,
    OUT/MODEL/.eval_results has a file for each benchmark: the Hub lists results of data sets that are registered as
    benchmarks there, and of no others. Nothing is uploaded.

    For example:
      restorebench export hf restorebench-out --out hf
      restorebench export hf restorebench-out --out hf -p gopro@1 --benchmark gopro.psnr=someone/gopro:psnr

    Args:
        runs: Folders containing finished runs, at any depth.
        out: Output folder. A model card of another origin in it is never replaced.
        protocol: Protocols to export, as in y@1 or y (default: all of the runs).
        benchmark: DATASET.METRIC=OWNER/NAME:TASK, with the task's id in the eval.yaml of that data set on the Hub.
        source: Address of a page with the evidence, such as the report.
    """
    from ...reports.exports.hugging_face import parse_benchmarks, write_hugging_face
    from ..runs.run import find_runs

    refuse_file_name(out)
    wanted = parse_benchmarks(benchmark or ())
    found = find_runs(*runs, protocols=protocol or ())
    _show(*write_hugging_face(found, out, wanted, source))
    return 0


@export.command
@with_verbosity
def eee(
    runs: Annotated[list[Path], Parameter(completer=complete_runs)],
    *,
    out: Path,
    organization: str,
    relationship: Literal["first_party", "third_party", "collaborative", "other"],
    protocol: Annotated[
        list[str] | None, Parameter(name=["--protocol", "-p"], consume_multiple=True, completer=complete_protocols)
    ] = None,
    model_id: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    source: str = "",
) -> int:
    """Write records of Every Eval Ever, schema 0.2.0: one JSON file for each model and data set.

    For example:
      restorebench export eee restorebench-out --out eee --organization 'My Lab' --relationship third_party
      restorebench export eee out --out eee --organization Me --relationship first_party --model-id mine=me/net

    Args:
        runs: Folders containing finished runs, at any depth.
        out: Output folder; the files go to OUT/data/DATASET/DEVELOPER/MODEL.
        organization: Name of those who measured.
        relationship: Relation of those who measured to those who made the models.
        protocol: Protocols to export, as in y@1 or y (default: all of the runs).
        model_id: MODEL=DEVELOPER/NAME, as on Hugging Face (default: unknown/MODEL). Repeatable.
        source: Address of the organization, or of the report.
    """
    from ...reports.exports.every_eval_ever import Evaluator, write_every_eval_ever
    from ..runs.run import find_runs

    refuse_file_name(out)
    evaluator = Evaluator(organization, relationship, _model_ids(model_id or ()), source)
    found = find_runs(*runs, protocols=protocol or ())
    _show(*write_every_eval_ever(found, out, evaluator))
    return 0


def _model_ids(settings: list[str] | tuple[()]) -> dict[str, str]:
    """`MODEL=DEVELOPER/NAME`, as typed by a person; the model's name may contain `=`.

    Raises:
        UsageError: not of this form.
    """
    from ..errors import UsageError

    found: dict[str, str] = {}
    for setting in settings:
        model, _, identity = setting.rpartition("=")
        developer, slash, name = identity.partition("/")
        if not (model and developer and slash and name):
            raise UsageError(
                f"--model-id {setting!r} is not MODEL=DEVELOPER/NAME: write --model-id prenet=csdwren/PReNet."
            )
        found[model] = identity
    return found


def _show(written: list[Path], left_out: list[str]) -> None:
    from ..terminal.display import note, print_lines

    for sentence in left_out:
        note(sentence)
    print_lines([str(path) for path in written])
