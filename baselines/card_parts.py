"""Parts that the cards of several architectures share: results of a table, weights on Google Drive."""

from __future__ import annotations

from collections.abc import Mapping

from ..bench.contracts import Checkpoint, PublishedResult

__all__ = ["HI_DIFF", "on_google_drive", "psnr_and_ssim"]

HI_DIFF = "https://github.com/zhengchen1999/HI-Diff/blob/a02d9ed2b2/figs/Tab-1.png (NeurIPS 2023, Table 2)"
"""A table of networks trained on GoPro and tested on GoPro, HIDE and RealBlur."""


def psnr_and_ssim(
    protocol: str, source: str, rows: Mapping[str, tuple[float, float]]
) -> tuple[PublishedResult, ...]:  # fmt: skip -- a signature
    """Make the published results of a table.

    Args:
        protocol: `name@version`.
        source: where to look it up.
        rows: registered name of a data set to PSNR and SSIM.
    """
    return tuple(
        PublishedResult(data, metric, value, protocol, source)
        for data, values in rows.items()
        for metric, value in zip(("psnr", "ssim"), values, strict=True)
    )


def on_google_drive(
    name: str, trained_on: str, filename: str, *, file_id: str, repository: str, licence: str, what: str = ""
) -> Checkpoint:  # fmt: skip -- a signature
    """Describe a checkpoint that only a browser can download.

    Args:
        name: name for `fetch MODEL:NAME`.
        trained_on: training data, as named in the paper.
        filename: name of the file there, or the one to give it where `what` says which it is.
        file_id: of Google Drive.
        repository: the one on GitHub whose README links it: `swz30/MPRNet`.
        licence: licence of the weights.
        what: which file it is, in words, where its name there does not tell.
    """
    by_hand = (
        f"Download {what or filename} from https://drive.google.com/file/d/{file_id}/view, linked in the README of "
    )
    return Checkpoint(
        name=name,
        trained_on=trained_on,
        url="",
        filename=filename,
        licence=licence,
        by_hand=f"{by_hand}{repository}.",
    )
