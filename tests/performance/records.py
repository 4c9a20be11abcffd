"""How fast the records of a run are read and written, against `json` of the standard library.

python tests/performance/records.py [--images N]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from restorebench.bench.runs.journal import read_journal, rewrite_journal
from restorebench.bench.runs.record_lines import encode_record
from restorebench.bench.terminal.display import print_text

sys.path.insert(0, str(Path(__file__).parents[1]))

SLOWEST = 1.5
"""Times that `json.loads` takes for the same lines, without checking anything of what they hold."""


def best(work: Callable[[], object], rounds: int = 5) -> float:
    """Seconds of a processor in the fastest round."""
    times: list[float] = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> int:
    from helpers.records import scored

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20_000)
    images = parser.parse_args().images
    records = [
        scored(
            f"GOPR0384_11_00/{index:06d}",
            {"psnr": 29 + index / images, "ssim": 0.9, "lpips": None},
            group="GOPR0384_11_00",
            size=(720, 1280),
            pair=f"{index:016x}",
            restored=f"{index:016x}",
        )
        for index in range(images)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scores.jsonl"
        rewrite_journal(path, records)
        lines = path.read_bytes().splitlines()
        plain = best(lambda: [json.loads(line) for line in lines])
        read = best(lambda: read_journal(path, "rgb@1"))
        written = best(lambda: [encode_record(record) for record in records])
    for what, seconds in (("json.loads, unchecked", plain), ("read and checked", read), ("written", written)):
        print_text(f"{what:24} {1e6 * seconds / images:7.2f} us a record {seconds / plain:6.2f} x")
    return int(read > SLOWEST * plain)


if __name__ == "__main__":
    sys.exit(main())
