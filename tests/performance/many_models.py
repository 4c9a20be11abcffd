"""What the models of one run save by sharing decoded images, and what a finished folder costs.

Prints the time of the processor of `run` with many models on one data set: with a store of decoded images, with one
that holds half of them, and with none; then the same command again, in a new process, when nothing is left to do.

    python tests/performance/many_models.py [--models 20] [--images 12] [--height 720] [--width 1280]
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.matrix import run_matrix
from restorebench.bench.evaluation.options import RunOptions
from restorebench.bench.terminal.display import new_table, print_table

sys.path.insert(0, str(Path(__file__).parents[1]))

from performance.pipeline import cost, make_folder
from performance.start import seconds_of

MODEL = """
from torch import nn

class Same(nn.Module):
    def __init__(self, number=0):
        super().__init__()

    def forward(self, x):
        return x
"""
REGISTERED = ("identity", "dark-channel")
"""What a finished folder is measured with: a user's own file has to be run to know what it is."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--images", type=int, default=12)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--width", type=int, default=1280)
    arguments = parser.parse_args()
    decoded = 2 * arguments.images * arguments.height * arguments.width * 3 / 1e9
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        make_folder(root / "pairs", arguments.images, arguments.height, arguments.width)
        (root / "pairs" / "degraded").rename(root / "pairs" / "input")
        (root / "mine.py").write_text(MODEL)
        models = tuple(f"{root / 'mine.py'}:Same[number={number}]" for number in range(arguments.models))

        def run(out: str, memory: float | None, models: tuple[str, ...] = models) -> Callable[[], object]:
            options = RunOptions(models, (f"paired={root / 'pairs'}",), ("rgb@1",), out=str(root / out), device="cpu")
            return lambda: run_matrix(options, Control(save_images="none", image_memory=memory))

        run("first", None, models[:1])()  # imports
        table = new_table("work", "seconds of processor", "ratio", right=["seconds of processor", "ratio"])
        none = cost(run("none", 0)).cpu
        for title, out, memory in (("images shared", "all", None), ("half of them shared", "half", decoded / 2)):
            taken = cost(run(out, memory)).cpu
            table.add_row(f"{arguments.models} models, {title}", f"{taken:.1f}", f"{taken / none:.2f}")
        table.add_row(f"{arguments.models} models, each decodes for itself", f"{none:.1f}", "1.00")
        run("finished", None, REGISTERED)()
        command = ["run", "-d", f"paired={root / 'pairs'}", "-p", "rgb@1", "--out", str(root / "finished")]
        command += [word for model in REGISTERED for word in ("-m", model)]
        table.add_row(f"a finished folder of {len(REGISTERED)} models", f"{seconds_of(shlex.join(command)):.2f}", "")
    print_table(table)


if __name__ == "__main__":
    main()
