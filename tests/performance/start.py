"""What a command costs before it does anything: the time of the processor of whole processes, best of five.

The aims: `--help` 0.15 s, `import restorebench.bench` 0.05 s beyond an interpreter, `run` on a finished folder 1.5 s.

    python tests/performance/start.py ["run -m identity -d quickstart-blur --out OUT" ...]
"""

from __future__ import annotations

import argparse
import os
import resource
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from restorebench.bench.terminal.display import new_table, print_table

MAIN = "import sys; from restorebench.bench.cli import main; sys.exit(main())"
FINISHED = "run -m identity -m dark-channel -d quickstart-blur -d quickstart-rain --out"


def seconds(code: str, *arguments: str, rounds: int = 5) -> float:
    """The least that a Python process with some code takes of the processor."""
    times: list[float] = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-c", code, *arguments]
        subprocess.run(command, check=False, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"})  # noqa: S603 -- this interpreter
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return min(times)


def seconds_of(command: str, rounds: int = 5) -> float:
    """The same for a command, as it is typed after `restorebench`."""
    return seconds(MAIN, *shlex.split(command), rounds=rounds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commands", nargs="*", help="what is typed after `restorebench`")
    arguments = parser.parse_args()
    table = new_table("process", "seconds of processor", right=["seconds of processor"])
    table.add_row("python alone", f"{seconds('pass'):.3f}")
    table.add_row("import restorebench.bench", f"{seconds('import restorebench.bench'):.3f}")
    table.add_row("restorebench --help", f"{seconds_of('--help'):.3f}")
    with tempfile.TemporaryDirectory() as name:
        command = f"{FINISHED} {Path(name) / 'out'}"
        seconds_of(command, rounds=1)
        table.add_row("run on a finished folder, 2 models x 2 data sets", f"{seconds_of(command):.3f}")
    for command in arguments.commands:
        table.add_row(command, f"{seconds_of(command):.3f}")
    print_table(table)


if __name__ == "__main__":
    main()
