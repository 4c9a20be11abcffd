"""How long it takes to measure restored images in every way that needs no inference, and to explain a number then.

Prints seconds for as many images as asked, of Rain100H's size unless a folder of it is given, the seconds of one
processor that one image takes, and how often measuring by one protocol would fit into that. The aim is 100 images of
480x320 in under two minutes on two cores.

    python tests/performance/explanation.py [--images 100] [--threads 2] [--root Rain100H]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from restorebench.bench.datasets import open_dataset
from restorebench.bench.explanation.claims import parse_claims
from restorebench.bench.explanation.explain import searched_views
from restorebench.bench.explanation.material import Material
from restorebench.bench.explanation.measuring import measure, rulers_for
from restorebench.bench.explanation.search import explain_claims
from restorebench.bench.protocols.protocol import get_protocol
from restorebench.bench.terminal.display import new_table, print_table

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `helpers`, as in the tests

from helpers.memory_dataset import MemoryImage
from helpers.restored_images import restored_pair

HEIGHT, WIDTH = 320, 480


def synthetic(count: int) -> Material:
    """Pairs of Rain100H's size in memory."""
    pairs = {f"{number:03d}": restored_pair(number % 5, HEIGHT, WIDTH) for number in range(count)}
    return Material(
        title="synthetic pairs",
        keys=tuple(pairs),
        restored={key: MemoryImage(key, restored) for key, (restored, _) in pairs.items()},
        target={key: MemoryImage(key, target) for key, (_, target) in pairs.items()},
        groups={},
    )


def rain100h(root: Path, count: int) -> Material:
    """The first pairs of Rain100H, whose degraded images stand for restored ones."""
    pairs = list(open_dataset("rain100h", root))[:count]
    return Material(
        title="Rain100H",
        keys=tuple(pair.key for pair in pairs),
        restored={pair.key: pair.degraded for pair in pairs},
        target={pair.key: pair.target for pair in pairs},
        groups={},
    )


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--root", type=Path)
    options = parser.parse_args()
    material = synthetic(options.images) if options.root is None else rain100h(options.root, options.images)

    began, processor = time.perf_counter(), time.process_time()
    measured = measure(material, rulers_for({"psnr", "ssim"}), workers=options.threads)
    wall, processor = time.perf_counter() - began, time.process_time() - processor

    scorer = get_protocol("rain100h@1").prepare()
    key = material.keys[0]
    restored, target = material.restored[key].read(), material.target[key].read()
    scorer.score(restored, target)
    began = time.process_time()
    for _ in range(5):
        scorer.score(restored, target)
    once = (time.process_time() - began) / 5

    began = time.perf_counter()
    found = explain_claims(parse_claims(["psnr=29.46", "ssim=0.899"]), [searched_views(measured)])
    table = new_table("", "", right=[""])
    table.add_row("images", f"{len(material.keys)}")
    table.add_row("values of each image", f"{len(measured.columns)}")
    table.add_row("ways of measuring that give different numbers", f"{found.tried_in_all}")
    table.add_row(f"measuring, {options.threads} threads", f"{wall:.1f} s")
    table.add_row("the same, of one processor", f"{processor:.1f} s")
    each = processor / len(material.keys)
    table.add_row("of one processor, for one image", f"{each:.2f} s")
    table.add_row("one image by rain100h@1", f"{once:.3f} s")
    table.add_row("so many times that by one protocol", f"{each / once:.0f}")
    table.add_row("explaining a number then", f"{time.perf_counter() - began:.2f} s")
    print_table(table)


if __name__ == "__main__":
    main()
