"""The inverse operator of OPIR: a kernel for each pixel, mixed from a few shared ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["InverseOperator"]


class InverseOperator(nn.Module):
    """Per-pixel filtering with low-rank kernels: k_p = sum over r of mixing_r(p) column_r row_r^T.

    The kernels are shared and separable, so this costs 2 * taps + 1 products per pixel, colour and rank instead of
    predicting a kernel of taps^2 numbers per pixel. Untrained, it is the identity for the mixing (1, 0, 0, ...).

    Args:
        rank: number of kernels.
        taps: odd number of taps of a column or row.
        scales: number of equal groups of kernels; group s has 2^s pixels from tap to tap, which widens its reach at
            the same cost. Must divide `rank`.
    """

    def __init__(self, rank: int, taps: int, scales: int = 1) -> None:
        super().__init__()
        self.scales = scales
        kernels = torch.randn(2, rank, taps) / taps
        kernels[:, 0] = 0
        kernels[:, 0, taps // 2] = 1
        self.columns, self.rows = (nn.Parameter(half) for half in kernels)

    def forward(self, image: Tensor, mixing: Tensor) -> Tensor:
        """Filter (N, C, H, W) with the operators (N, rank, H, W), repeating the borders."""
        groups = zip(self.columns.chunk(self.scales), self.rows.chunk(self.scales), strict=True)
        filtered = [self._filter(image, *group, 2**scale) for scale, group in enumerate(groups)]
        return (torch.cat(filtered, 2) * mixing.unsqueeze(1)).sum(2)

    def kernels(self, mixing: Tensor) -> Tensor:
        """Write out the kernel of each pixel, for inspection and as a reference.

        Args:
            mixing: (N, rank, H, W).

        Returns:
            (N, side, side, H, W) with side = (taps - 1) * 2^(scales - 1) + 1: weight of each neighbour, from the upper
            left one on.
        """
        rank, taps = self.rows.shape
        side = (taps - 1) * 2 ** (self.scales - 1) + 1
        whole = self.rows.new_zeros(rank, side, side)
        per_scale = rank // self.scales
        for scale in range(self.scales):
            step, group = 2**scale, slice(scale * per_scale, (scale + 1) * per_scale)
            start = side // 2 - taps // 2 * step
            places = slice(start, side - start, step)
            whole[group, places, places] = self.columns[group, :, None] * self.rows[group, None, :]
        return torch.einsum("nrhw,rij->nijhw", mixing, whole)

    def _filter(self, image: Tensor, columns: Tensor, rows: Tensor, step: int) -> Tensor:
        """Filter with each of some kernels, taps `step` pixels apart: (N, C, H, W) to (N, C, len(rows), H, W)."""
        batch, channels, height, width = image.shape
        rank, taps = rows.shape
        single = functional.pad(image.reshape(-1, 1, height, width), (taps // 2 * step,) * 4, mode="replicate")
        vertical = functional.conv2d(single, columns.view(rank, 1, taps, 1), dilation=step)
        filtered = functional.conv2d(vertical, rows.view(rank, 1, 1, taps), dilation=step, groups=rank)
        return filtered.view(batch, channels, rank, height, width)
