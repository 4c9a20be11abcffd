"""Make `reports/board/published.csv` from the collected table and from READMEs; protocols are mapped by hand.

python tests/helpers/published_table.py SOURCE.csv TARGET.csv
"""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path

from helpers.published_readmes import README_TABLES

COLUMNS = (
    "dataset",
    "model",
    "metric",
    "value",
    "protocol",
    "inference",
    "trained_on",
    "protocol_text",
    "source",
    "year",
    "secondhand",
)  # fmt: skip -- one line per column would hide the order

RAIN13K = "Y uint8 (rounded), MATLAB rgb2ycbcr; Wang SSIM valid; 480x320 Rain13K crops"
PRENET = "PReNet MATLAB (Y double unrounded; ssim.m with auto-downsampling, f=1 at this size)"
IRSDE = "IR-SDE test.py: Y (double), 4-px border removed"

PROTOCOLS = (
    # Start of the protocol text -> our protocol. The first that fits wins; "" is a protocol that is not one of ours.
    ("RGB uint8 PSNR; MATLAB 3-D SSIM (assumed", ""),
    ("RGB uint8 PSNR; MATLAB 3-D SSIM", "gopro@1"),
    ("RGB uint8 PSNR; 3-D SSIM (python, float32)", "gopro@1"),
    ("RGB uint8 PSNR (tensor2img); 3-D SSIM python float32", "gopro@1"),
    ("MATLAB psnr()/ssim() on colour images", "gopro@1"),
    ("RGB PSNR; per-channel Wang SSIM (BasicSR)", "gopro-ssim2d@1"),
    ("float32 PSNR unrounded; skimage uniform-7 SSIM with implicit data_range 2", "uformer@1"),
    ("RGB float PSNR; skimage uniform SSIM with data_range 2", "uformer@1"),
    ("skimage PSNR on clamped unrounded float32", "mimo-unet@1"),
    ("RealBlur ECC (assumed)", ""),
    ("RealBlur ECC", "realblur@1"),
    (PRENET, "rain100h@1"),
    (PRENET.replace("f=1 at this size", "f=2 for 512x384"), "rain100h@1"),
    (f"{RAIN13K} (assumed)", ""),
    (RAIN13K, "rain13k@1"),
    ("MPRNet MATLAB Y uint8", "rain13k@1"),
    ("Y float32 unrounded (BasicSR to_y_channel); SSIM replicate full map", "hinet@1"),
    (IRSDE, "irsde@2"),
    ("IR-SDE test.py RGB with 4-px crop, per-channel Wang SSIM", "irsde-rgb@2"),
)

GITHUB = "https://github.com"
DGUNET = f"{GITHUB}/MC-E/Deep-Generalized-Unfolding-Networks-for-Image-Restoration/blob/6001665463/figs"

SOURCES: dict[str, tuple[str, int] | None] = {
    # Source in the collected table -> what a reader looks up, and the year of that paper or comment. None: dropped.
    "zhengchen1999/HI-Diff figs/Tab-1.png (NeurIPS 2023 Table 2; values as the authors copied them)": (
        f"{GITHUB}/zhengchen1999/HI-Diff/blob/a02d9ed2b2/figs/Tab-1.png (NeurIPS 2023, Table 2)",
        2023,
    ),
    "zhengchen1999/HI-Diff figs/Tab-2.png (Table 3)": (
        f"{GITHUB}/zhengchen1999/HI-Diff/blob/a02d9ed2b2/figs/Tab-2.png (NeurIPS 2023, Table 3)",
        2023,
    ),
    "MC-E/DGUNet figs/t_rain.PNG": (f"{DGUNET}/t_rain.PNG", 2022),
    "MC-E/DGUNet figs/t_rain.PNG and megvii-model/HINet figures/Rain13k Result.jpg (same numbers)": (
        f"{DGUNET}/t_rain.PNG",
        2022,
    ),
    "MC-E/DGUNet figs/t_blur.PNG (CVPR 2022 Table 2)": (f"{DGUNET}/t_blur.PNG (CVPR 2022, Table 2)", 2022),
    "plusgood-steven/ID-Blau figure/Quantitative.png (CVPR 2024)": (
        f"{GITHUB}/plusgood-steven/ID-Blau/blob/0209eb14e3/figure/Quantitative.png (CVPR 2024)",
        2024,
    ),
    "csdwren/PReNet README.md": (f"{GITHUB}/csdwren/PReNet/blob/6d908d1e3c/README.md", 2019),
    "cschenxiang/DRSformer figs/table.png (CVPR 2023 Table 1)": (
        f"{GITHUB}/cschenxiang/DRSformer/blob/41a85cb52c/figs/table.png (CVPR 2023, Table 1)",
        2023,
    ),
    # The README has no table; the draft of it beside it has.
    "Andrew0613/X-Restormer README.md": (f"{GITHUB}/Andrew0613/X-Restormer/blob/7f6be390f7/readme_draft.md", 2023),
    "NAFNet paper table as quoted by a stored public note": ("arXiv:2204.04676v4, Table 7", 2022),
    "FFTformer paper Table 1 (arXiv 2211.12250) as quoted by a stored public note": ("arXiv:2211.12250, Table 1", 2022),
    "chosj95/MIMO-UNet README.md": (f"{GITHUB}/chosj95/MIMO-UNet/blob/013be9fe7c/README.md", 2021),
    "VITA-Group/DeblurGANv2 doc_images/gopro_table.png (linear subset)": (
        f"{GITHUB}/VITA-Group/DeblurGANv2/blob/4209f38085/doc_images/gopro_table.png",
        2019,
    ),
    "google-research/maxim README.md": (f"{GITHUB}/google-research/maxim/blob/06e5ae57e5/README.md", 2022),
    "Algolzw/image-restoration-sde README.md": (
        f"{GITHUB}/Algolzw/image-restoration-sde/blob/2598d73cde/README.md",
        2023,
    ),
    "c-yn/FSNet issue 19 (authors, MATLAB)": (f"{GITHUB}/c-yn/FSNet/issues/19", 2025),
    "megvii-model/HINet figures/Rain13k Result.jpg": (
        f"{GITHUB}/megvii-model/HINet/blob/1fd9559ba1/figures/Rain13k%20Result.jpg",
        2021,
    ),
    "megvii-model/HINet figures/GoPro Result.jpg (README: higher than the paper, 32.71)": (
        f"{GITHUB}/megvii-model/HINet/blob/1fd9559ba1/figures/GoPro%20Result.jpg",
        2021,
    ),
    "megvii-research/NAFNet README.md": (f"{GITHUB}/megvii-research/NAFNet/blob/50cb1496d6/readme.md", 2022),
    "jiangsutx/SRN-Deblur README.md": (f"{GITHUB}/jiangsutx/SRN-Deblur/blob/71e7a077d4/README.md", 2018),
    "va1shn9v/PromptIR issues 8 and 16 (quoting Restormer Table 1)": ("arXiv:2111.09881, Table 1", 2021),
    # Papers with Code has closed; its pages listed these as the papers' own results.
    "paperswithcode.com/paper/image-restoration-with-mean-reverting": (
        "https://proceedings.mlr.press/v202/luo23b.html",
        2023,
    ),
    "paperswithcode.com/paper/uformer-a-general-u-shaped-transformer-for": ("https://arxiv.org/abs/2106.03106v2", 2021),
    "paperswithcode.com/paper/multi-stage-progressive-image-restoration": ("https://arxiv.org/abs/2102.02808", 2021),
    "stored note": ("arXiv:2504.17732v3, Table II", 2026),
    "DPMambaIR table": ("arXiv:2504.17732v3, Table II", 2026),
    "DPMambaIR table and IR-SDE README": ("arXiv:2504.17732v3, Table II", 2026),
    # The abstract has the cost; the gains come from another site's summary of it.
    "arXiv 2511.06244v1 abstract + sciencestack.ai TL;DR (searched pages; table not reachable)": (
        "https://arxiv.org/html/2511.06244v1",
        2025,
    ),
    "measured here": None,  # nobody published these: `restorebench profile` counts them
}
UNSOURCED = {"PSNR_gain_max", "SSIM_gain_max"}
"""Metrics of the rows whose number is not in the source that they name."""

COPIED = "PSNR/SSIM copied from that paper; LPIPS/FID by the IR-SDE authors"
UFORMER_SSIM = "as Uformer's own script: float32 PSNR unrounded; skimage uniform-7 SSIM with implicit data_range 2"


def protocol_of(row: dict[str, str]) -> str:
    text, metric = row["protocol"], row["metric"]
    if metric not in {"PSNR", "SSIM", "LPIPS"}:
        return ""
    if text == COPIED:
        return "irsde@2" if metric == "LPIPS" else "rain100h@1" if row["model"] == "PReNet" else "rain13k@1"
    if text.startswith("skimage PSNR on clamped") and metric == "SSIM":
        return ""  # which SSIM is not in the repository
    if row["model"] == "Uformer-B":
        return "uformer@1"  # other papers' tables repeat Uformer's own numbers
    return next((ours for start, ours in PROTOCOLS if text.startswith(start)), "")


def inference_of(row: dict[str, str]) -> str:
    if row["dataset"] == "GoPro" and (row["model"].startswith("NAFNet") or row["model"] == "MPRNet-local"):
        return "TLC"
    if row["model"] == "HINet" and ("grid" in row["protocol"] or row["dataset"] == "GoPro"):
        return "grid 256"
    return ""


def trained_on(row: dict[str, str], protocol: str) -> str:
    stated = re.search(r"[Tt]rained on ([\w-]+)", row["protocol"])
    if stated:
        return stated[1]
    if row["protocol"].startswith("PReNet MATLAB") or (row["protocol"] == COPIED and row["model"] == "PReNet"):
        return row["dataset"] if row["dataset"] != "Rain12" else ""
    if "Rain13K" in row["protocol"] or row["protocol"] == COPIED:
        return "Rain13K"
    if row["protocol"].startswith(IRSDE):
        return row["dataset"]
    return "GoPro" if row["dataset"] == "GoPro" and protocol else ""


def clean(text: str) -> str:
    """Words of the collected table without its notes to itself."""
    text = re.sub(r" \((index file id \d+|searched pages?)\)", "", text)
    return text.replace(
        "as quoted by DPMambaIR; PReNet README has 26.54", "as the table quotes it; PReNet README has 26.54"
    )


def source_of(row: dict[str, str]) -> tuple[str, int] | None:
    """What a reader looks up and its year, or `None` for a row that has no source."""
    return None if row["metric"] in UNSOURCED else SOURCES[clean(row["source"])]


def convert(row: dict[str, str], source: str, year: int) -> dict[str, str]:
    protocol = protocol_of(row)
    repeats_uformer = row["model"] == "Uformer-B" and row["protocol"] == "RGB uint8 PSNR; MATLAB 3-D SSIM"
    return {
        "dataset": "" if row["dataset"] == "-" else row["dataset"],
        "model": row["model"],
        "metric": row["metric"],
        "value": row["value"],
        "protocol": protocol,
        "inference": inference_of(row) if protocol else "",
        "trained_on": trained_on(row, protocol),
        "protocol_text": UFORMER_SSIM if repeats_uformer else clean(row["protocol"]),
        "source": source,
        "year": str(year),
        "secondhand": "" if is_own(row["model"], source) else "yes",
    }


OWNERS = {
    f"{GITHUB}/csdwren/": ("PReNet", "PRN"),
    f"{GITHUB}/megvii-research/": ("NAFNet",),
    f"{GITHUB}/megvii-model/": ("HINet",),
    f"{GITHUB}/chosj95/": ("MIMO-UNet",),
    f"{GITHUB}/MC-E/": ("DGUNet",),
    f"{GITHUB}/zhengchen1999/": ("HI-Diff",),
    f"{GITHUB}/Andrew0613/": ("X-Restormer",),
    f"{GITHUB}/Algolzw/": ("IR-SDE",),
    f"{GITHUB}/cschenxiang/": ("DRSformer",),
    f"{GITHUB}/google-research/": ("MAXIM",),
    f"{GITHUB}/VITA-Group/": ("DeblurGAN-v2",),
    f"{GITHUB}/jiangsutx/": ("SRN",),
    f"{GITHUB}/c-yn/": ("FSNet",),
    "https://arxiv.org/abs/2106.03106v2": ("Uformer",),
    "https://arxiv.org/abs/2102.02808": ("MPRNet",),
    "https://arxiv.org/html/2511.06244v1": ("+PDE",),
    "https://proceedings.mlr.press/v202/luo23b.html": ("IR-SDE",),
    "arXiv:2111.09881": ("Restormer",),
    "arXiv:2204.04676": ("NAFNet",),
    "arXiv:2211.12250": ("FFTformer",),
}
"""Start of a source -> the models whose authors wrote it."""


def is_own(model: str, source: str) -> bool:
    """Whether a source is by the authors of the model, who reported the number first."""
    if source.startswith(f"{GITHUB}/plusgood-steven/"):
        return model.endswith("+ID-Blau")
    return any(source.startswith(start) and model.startswith(models) for start, models in OWNERS.items())


def own_source_first(row: dict[str, str]) -> tuple[str, str, str, bool]:
    """The authors' own repository before tables of others that repeat its numbers."""
    return row["dataset"], row["model"], row["metric"], bool(row["secondhand"])


def make(source: Path) -> str:
    with source.open(encoding="utf-8", newline="") as stream:
        confident = [row for row in csv.DictReader(stream) if row["confident"] == "yes"]
    rows = [convert(row, *origin) for row in confident if (origin := source_of(row)) is not None]
    rows += [row for table in README_TABLES for row in table.rows()]
    text = io.StringIO()
    writer: csv.DictWriter[str] = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=own_source_first))
    return text.getvalue()


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(make(Path(sys.argv[1])), encoding="utf-8")
