"""Make `reports/board/published.csv` from the collected table of published numbers; protocols are mapped by hand.

python tests/helpers/published_table.py SOURCE.csv TARGET.csv
"""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path

COLUMNS = ("dataset", "model", "metric", "value", "protocol", "inference", "trained_on", "protocol_text", "source")

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
    (IRSDE, "irsde@1"),
    ("IR-SDE test.py RGB with 4-px crop, per-channel Wang SSIM", "irsde-rgb@1"),
)

COPIED = "PSNR/SSIM copied from that paper; LPIPS/FID by the IR-SDE authors"
UFORMER_SSIM = "as Uformer's own script: float32 PSNR unrounded; skimage uniform-7 SSIM with implicit data_range 2"


def protocol_of(row: dict[str, str]) -> str:
    text, metric = row["protocol"], row["metric"]
    if metric not in {"PSNR", "SSIM", "LPIPS"}:
        return ""
    if text == COPIED:
        return "irsde@1" if metric == "LPIPS" else "rain100h@1" if row["model"] == "PReNet" else "rain13k@1"
    if text.startswith("skimage PSNR on clamped") and metric == "SSIM":
        return ""  # which SSIM is not in the repository
    if row["model"] == "Uformer-B":
        return "uformer@1"  # other papers' tables repeat Uformer's own numbers
    return next((ours for start, ours in PROTOCOLS if text.startswith(start)), "")


def inference_of(row: dict[str, str]) -> str:
    if row["dataset"] == "GoPro" and (row["model"].startswith("NAFNet") or row["model"] == "MPRNet-local"):
        return "TLC"
    if row["model"] == "HINet" and ("grid" in row["protocol"] or row["dataset"] == "GoPro"):
        return "tiles 256"
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
    text = re.sub(r" \((index file id \d+|searched pages?)\)", "", text)
    text = re.sub(r" as quoted by a stored public note", ", as quoted by a public note", text)
    text = text.replace(
        "as quoted by DPMambaIR; PReNet README has 26.54", "as the table quotes it; PReNet README has 26.54"
    )
    return {"stored note": "DPMambaIR table", "measured here": "counted for this project"}.get(text, text)


def convert(row: dict[str, str]) -> dict[str, str]:
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
        "source": clean(row["source"]),
    }


def own_source_first(row: dict[str, str]) -> tuple[str, str, str, int]:
    """The authors' own repository before tables of others that repeat its numbers."""
    own = {
        "PReNet": "csdwren", "PRN": "csdwren", "NAFNet": "megvii-research", "HINet": "megvii-model",
        "MIMO-UNet": "chosj95", "DGUNet": "MC-E", "HI-Diff": "zhengchen1999", "X-Restormer": "Andrew0613",
        "IR-SDE": "Algolzw", "DRSformer": "cschenxiang", "MAXIM": "google-research", "Uformer": "paperswithcode",
    }  # fmt: skip
    mine = any(row["model"].startswith(model) and row["source"].startswith(owner) for model, owner in own.items())
    return row["dataset"], row["model"], row["metric"], 0 if mine else 1


def make(source: Path) -> str:
    with source.open(encoding="utf-8", newline="") as stream:
        rows = [convert(row) for row in csv.DictReader(stream) if row["confident"] == "yes"]
    text = io.StringIO()
    writer = csv.DictWriter[str](text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=own_source_first))
    return text.getvalue()


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(make(Path(sys.argv[1])), encoding="utf-8")
