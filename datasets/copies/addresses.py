"""Addresses from which a program may download data sets: their licences allow it, and no login stands before them.

`cv.snu.ac.kr` is the address in the authors' README (SeungjunNah/DeepDeblur_release), `cg.postech.ac.kr` that in
`download_dataset.sh` of rimchang/RealBlur, `r0k.us` the homepage of Kodak's images. None of them publishes a digest.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ADDRESSES", "Download"]


@dataclass(frozen=True, slots=True)
class Download:
    """Files of a data set."""

    files: tuple[str, ...]
    """File names, in the folder of the download."""

    addresses: tuple[str, ...]
    """Addresses of the folder that has these files; the next is tried where one fails."""

    gigabytes: float
    """About how much it is, for the question whether there is room."""

    sha256: tuple[str, ...] = ()
    """Digest of each file; empty if none is published."""

    @property
    def root(self) -> str:
        """What to give to `-d`, below the folder of the download: the archive, or the folder itself."""
        return self.files[0] if len(self.files) == 1 else ""


REALBLUR = Download(("RealBlur.zip",), ("http://cg.postech.ac.kr/research/RealBlur/",), 12)

ADDRESSES: dict[str, Download] = {
    "gopro": Download(
        ("GOPRO_Large.zip",),
        (
            "https://cv.snu.ac.kr/~snah/Deblur/dataset/",
            "http://data.cv.snu.ac.kr:8008/webdav/dataset/GOPRO/",
        ),
        9,
    ),
    "realblur-j": REALBLUR,
    "realblur-r": REALBLUR,
    "kodak24": Download(
        tuple(f"kodim{number:02d}.png" for number in range(1, 25)), ("https://r0k.us/graphics/kodak/kodak/",), 0.02
    ),
}
"""Data set to its download."""
