"""How large the errors of OPIR-nano's first image are where its uncertainty map says they are, on unseen scenes.

    python tests/performance/uncertainty.py [--write]

Prints actual against predicted mean absolute error in ten bins of rising prediction, for each task.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import cast

from restorebench.baselines.opir import OPIR
from restorebench.baselines.opir.calibration import calibrate_uncertainty
from restorebench.bench.datasets import open_dataset
from restorebench.bench.models.loading import open_model
from restorebench.bench.registry.specs import parse_spec
from restorebench.bench.statistics.calibration import Calibration

RESULTS = Path(__file__).parents[2] / "docs" / "data" / "uncertainty.json"
TASKS = ("rain", "snow", "haze")


def calibrated(task: str) -> Calibration:
    """Calibration of the shipped network, told the task, on the demonstration images of that task."""
    loaded = open_model(parse_spec(f"opir-nano-all[task={task}]"))
    return calibrate_uncertainty(cast("OPIR", loaded.network.eval()), open_dataset(f"quickstart-{task}"))


def main() -> None:
    """Print the bins of each task, and write them on request."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name} for the docs")
    arguments = parser.parse_args()
    found = {task: calibrated(task) for task in TASKS}
    for task, each in found.items():
        lines = [f"{task}: actual over predicted error {each.ratio:.2f}, calibration error {each.error:.2f}"]
        lines += [f"  predicted {one.predicted:.4f}   actual {one.actual:.4f}" for one in each.bins]
        sys.stdout.write("\n".join([*lines, ""]))
    if arguments.write:
        rows = {
            task: {
                "ratio": each.ratio,
                "error": each.error,
                "bins": [{"predicted": one.predicted, "actual": one.actual} for one in each.bins],
            }
            for task, each in found.items()
        }
        RESULTS.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
