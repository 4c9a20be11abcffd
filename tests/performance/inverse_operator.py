"""How fast OPIR filters with a kernel for each pixel, beside the dense convolution with the same kernels.

The fast form never writes the kernels out: it filters with a few shared separable kernels and mixes the results. The
dense form writes the kernel of each pixel out from the same mixing and applies it, one tap after the other, which was
faster than unfolded patches. Prints the times, the share of the dense form that only applies the kernels, the ratio of
the times, the memory of the kernels and the largest difference.

    python tests/performance/inverse_operator.py [--size 256x256] [--device cpu] [--threads 1] [--repeats 9]
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from restorebench.baselines.opir import InverseOperator
from restorebench.bench.terminal.display import new_table, print_table
from torch import Tensor
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parents[1]))

from performance.rivals.turns import take_turns

OPERATORS = [(8, 7, 1), (8, 7, 2), (16, 11, 1), (16, 11, 2)]
"""Rank, taps and scales: those of opir-nano and opir."""


def filter_densely(image: Tensor, kernels: Tensor) -> Tensor:
    """Apply a kernel for each pixel, (N, side, side, H, W), to (N, C, H, W) with repeated borders."""
    side, (height, width) = kernels.shape[1], image.shape[2:]
    padded = functional.pad(image, (side // 2,) * 4, mode="replicate")
    total = torch.zeros_like(image)
    for row, column in itertools.product(range(side), repeat=2):
        total.addcmul_(padded[..., row : row + height, column : column + width], kernels[:, row, column].unsqueeze(1))
    return total


def finished(forward: Callable[[], Tensor]) -> Callable[[], Tensor]:
    """The call, to its end."""

    def run() -> Tensor:
        output = forward()
        if output.is_cuda:
            torch.cuda.synchronize()
        return output

    return run


def compare(operator: InverseOperator, size: tuple[int, int], device: str, repeats: int) -> tuple[str, ...]:
    """A row of the table; the forms take turns, so that a busy machine hurts all."""
    generator = torch.Generator().manual_seed(0)
    rank, taps = operator.rows.shape
    image = torch.rand(1, 3, *size, generator=generator).to(device)
    mixing = torch.randn(1, rank, *size, generator=generator).to(device)
    kernels = operator.kernels(mixing)
    forms = {
        "fast": finished(lambda: operator(image, mixing)),
        "dense": finished(lambda: filter_densely(image, operator.kernels(mixing))),
        "applied": finished(lambda: filter_densely(image, kernels)),
    }
    difference = (forms["fast"]() - forms["dense"]()).abs().max().item()
    turns = take_turns(forms, fewest=repeats, warm_up=False)
    fast, dense, applied = (turns.seconds(form, "wall") for form in forms)
    ratio = turns.ratio("fast", "dense", "wall").median
    memory = kernels.numel() * kernels.element_size() / 2**20
    times = (f"{fast * 1e3:.1f} ms", f"{dense * 1e3:.1f} ms", f"{applied * 1e3:.1f} ms", f"{ratio:.2f}")
    return (str(rank), str(taps), str(operator.scales), *times, f"{memory:.0f} MiB", f"{difference:.1e}")


def parse_size(text: str) -> tuple[int, int]:
    """`720x1280` to (720, 1280)."""
    height, _, width = text.partition("x")
    return int(height), int(width)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=parse_size, default=(256, 256))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    columns = ("Rank", "Taps", "Scales", "Fast", "Dense", "of it applying", "Ratio", "Kernels", "Difference")
    size = "x".join(map(str, options.size))
    table = new_table(*columns, title=f"One image of {size}, {options.threads} threads", right=columns)
    with torch.inference_mode():
        for shape in OPERATORS:
            operator = InverseOperator(*shape).to(options.device)
            table.add_row(*compare(operator, options.size, options.device, options.repeats))
    print_table(table)


if __name__ == "__main__":
    main()
