"""`restorebench profile`: measure the cost of models."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..contracts import Precision
from ..evaluation.completers import complete_models
from ..evaluation.engines.options import ClusterOptions, EngineName
from .common_options import with_verbosity
from .output_folders import refuse_file_name

__all__ = ["profile"]


@with_verbosity
def profile(
    *,
    model: Annotated[list[str] | None, Parameter(name=["--model", "-m"], completer=complete_models)] = None,
    size: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    batch: Annotated[list[int] | None, Parameter(consume_multiple=True)] = None,
    precision: Annotated[list[Precision] | None, Parameter(consume_multiple=True)] = None,
    device: str = "cpu",
    macs_only: bool = False,
    memory: Annotated[bool, Parameter(negative="--no-memory")] = True,
    latency: Annotated[bool, Parameter(negative="--no-latency")] = True,
    channels_last: bool = False,
    compile: bool = False,  # noqa: A002 -- the option's name
    tile: int | None = None,
    threads: int = 0,
    seconds: float = 10.0,
    error: float = 0.01,
    unstable: Annotated[bool, Parameter(negative=())] = False,
    largest: float = 0.0,
    tree: int | None = None,
    plot: Path | None = None,
    published: bool = False,
    fvcore: bool = False,
    engine: EngineName = "local",
    address: str | None = None,
    out: Path = Path("restorebench-out"),
    json: bool = False,
) -> int:
    """Measure complete MACs, reliable latency, and peak memory. Weights are not needed.

    Every operator is counted, known to be free, or listed as unknown; totals with unknown operators are lower bounds
    (>=). Several models are timed in interleaved rounds, so that drift of the machine affects all equally. The record
    of each model is written to OUT/cost/MODEL.json; `restorebench table --cost` and `report` join it with runs of the
    same name.

    For example:
      restorebench profile -m nafnet-width32 -m restormer --size 256x256 720x1280
      restorebench profile -m ./mine.py:build --macs-only --tree 3 --plot mine.svg
      restorebench profile -m fftformer --device cuda --precision fp32 bf16 --batch 1 8 --channels-last --compile
      restorebench profile -m restormer --device cuda --engine ray --address auto
      restorebench profile --published

    Exit code: 0, 1 if a measurement failed for a reason other than lack of memory, 2 for a usage error.

    Args:
        model: NAME[=WEIGHTS] or ./file.py:attribute[=WEIGHTS], with options 'NAME[option=value]'. Repeatable.
        size: Height x width in pixels, as in 720x1280 (default: 256x256).
        batch: Images per call (default: 1).
        precision: Arithmetic (default: fp32); tf32 on CUDA only.
        device: cpu, cuda or cuda:N. Counting MACs does not need it.
        macs_only: Count MACs only, without running the model.
        memory: Measure the peak memory of one call, in a fresh process (default).
        latency: Measure the time of a call (default).
        channels_last: Also measure in the channels_last memory layout.
        compile: Also measure with torch.compile.
        tile: Restore, count and measure in square tiles of this side, in pixels.
        threads: Number of torch threads on the CPU; the process is pinned to as many cores (default: torch's choice).
        seconds: Maximum time per model and setting.
        error: Stop when the median is known to this relative error, with 95 % confidence.
        unstable: Print the median of an unstable latency too, marked as such.
        largest: Search for the largest square image that fits, with at most this many seconds per attempt (default: no
            search).
        tree: Print the MACs of each module, down to this level.
        plot: Plot the MACs per module of the first model and size to this file (.png, .svg or .pdf).
        published: Only compare the registered networks with their published MACs.
        fvcore: Also count with fvcore and list the operators it skips; runs the network on the CPU.
        engine: Run in this process (local), or on a node of a Ray cluster (ray) with exclusive use of a GPU or of all
            cores of the node.
        address: Address of a running Ray cluster (default: RAY_ADDRESS, otherwise a new Ray on this machine).
        out: Output folder for OUT/cost/MODEL.json.
        json: Print the records as JSON.
    """
    from ..errors import UsageError
    from .profile_tables import plot_tree, show_costs, show_fvcore, show_published, show_trees

    if published:
        return show_published(json=json)
    if not model:
        raise UsageError("No model was given: name one with -m NAME; `restorebench models` lists them.")
    from ..profiling.cost import prepare_costs, write_cost
    from ..profiling.latency.timing import Rules
    from ..profiling.macs.tree import check_plot
    from ..profiling.profiled_model import open_profiled_model
    from ..profiling.profiler import Request, profile_all
    from ..profiling.sweep import variants
    from ..terminal.display import RunProgress, hint
    from ..terminal.paths import shown_path, typed_command

    sizes = [parse_size(text) for text in size or ["256x256"]]
    request = Request(
        variants(sizes, batch or [1], precision or ["fp32"], channels_last=channels_last, compiled=compile, tile=tile),
        device=device,
        threads=threads,
        rules=Rules(error=error, seconds=seconds),
        latency=latency and not macs_only,
        memory=memory and not macs_only,
        largest_seconds=largest,
        command=typed_command(["restorebench", *sys.argv[1:]]),
    )
    if plot is not None:
        check_plot(plot)
    refuse_file_name(out)
    prepare_costs(out)
    names = list(dict.fromkeys(model))
    place = out.absolute()  # a model may change the working directory
    if engine == "local":
        request.check()
        costs = profile_all([open_profiled_model(text) for text in names], request, RunProgress("measurements"))
    else:
        from ..evaluation.engines.cluster.engine import RayEngine

        with RayEngine(ClusterOptions(address=address)) as ray:
            costs = ray.profile(names, request, RunProgress("measurements"))
    try:
        paths = [write_cost(cost, place) for cost in costs]
        if plot is not None:
            plot_tree(costs, tree, plot)
    finally:  # what took minutes to measure is shown even if it cannot be written
        show_costs(costs, json=json, unstable=unstable)
    if tree is not None:
        show_trees(costs, tree)
    if fvcore:
        show_fvcore([open_profiled_model(text) for text in names], costs)
    hint(f"written: {', '.join(map(shown_path, paths))}")
    return int(any(cell.broken for cost in costs for cell in cost.cells))


def parse_size(text: str) -> tuple[int, int]:
    """Parse a height and a width.

    Raises:
        UsageError: the text is not two positive integers.

    >>> parse_size("720x1280")
    (720, 1280)
    """
    from ..errors import UsageError

    height, _, width = text.lower().partition("x")
    if not (height.isdigit() and width.isdigit() and int(height) and int(width)):
        raise UsageError(f"--size {text} is not a size: write HEIGHTxWIDTH, as in 720x1280.")
    return int(height), int(width)
