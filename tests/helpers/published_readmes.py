"""Tables of published results transcribed from READMEs and abstracts, each read where its source says.

The collected table of `published_table` ends in 2023; these are later rows. Nothing here is from memory: what a README
leaves open stays open, and a protocol is named only where its repository has the script that computes it. Left out
are what contradicts the README's own averages (TUR: AirNet on SOTS, All-in-One) and columns without a data set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["README_TABLES", "ReadmeTable"]

GITHUB = "https://github.com"
ARXIV = "https://arxiv.org/abs"


@dataclass(frozen=True)
class Column:
    """One column of a table: a data set, or a cost where `metrics` says so."""

    dataset: str
    metrics: tuple[str, ...] = ("PSNR", "SSIM")
    trained_on: str = ""
    protocol: str = ""


@dataclass(frozen=True)
class ReadmeTable:
    """A table as a README prints it: a model per line, cells of `PSNR/SSIM`, `-` for an empty one."""

    source: str
    year: int
    protocol_text: str
    columns: tuple[Column, ...]
    lines: str
    own: tuple[str, ...]
    """First words of the models that are the authors' own; others' are second-hand."""

    scripts: tuple[tuple[str, str], ...] = ()
    """Models whose numbers a registered protocol reproduces, wherever they are printed: (name, `promptir@1`)."""

    inference: tuple[tuple[str, str], ...] = ()

    def rows(self) -> Iterator[dict[str, str]]:
        """The rows of the shipped file, one per number."""
        for line in filter(None, map(str.strip, self.lines.splitlines())):
            model, *cells = (part.strip() for part in line.split("|"))
            for column, cell in zip(self.columns, cells, strict=True):
                for metric, value in zip(column.metrics, cell.split("/"), strict=False):
                    if value != "-":
                        yield self._row(model, column, metric, value)

    def _row(self, model: str, column: Column, metric: str, value: str) -> dict[str, str]:
        measured = metric in {"PSNR", "SSIM"}
        return {
            "dataset": column.dataset,
            "model": model,
            "metric": metric,
            "value": value.rstrip("0").rstrip(".") if "." in value else value,
            "protocol": (column.protocol or dict(self.scripts).get(model, "")) if measured else "",
            "inference": dict(self.inference).get(model, "") if measured else "",
            "trained_on": column.trained_on,
            "protocol_text": self.protocol_text,
            "source": self.source,
            "year": str(self.year),
            "secondhand": "" if model.startswith(self.own) else "yes",
        }


def _columns(names: str, *, trained_on: str = "", protocol: str = "") -> tuple[Column, ...]:
    """Columns of PSNR and SSIM by comma-separated names."""
    return tuple(Column(name.strip(), trained_on=trained_on, protocol=protocol) for name in names.split(","))


AS_PRINTED = "as the table prints them, each method by its own script"
TOGETHER = "its SOTS is SOTS-outdoor; one model for"
ALL_IN_ONE = (("PromptIR", "promptir@1"), ("AdaIR", "promptir@1"), ("MoCE-IR", "moceir@1"))
"""The rows of these papers are computed by scripts that are registered as protocols."""

NOISE = "CBSD68 sigma 15, CBSD68 sigma 25, CBSD68 sigma 50"
CUI = f"{GITHUB}/c-yn"
CUI_TEXT = "computation not stated in the README"
MMAGIC = f"{GITHUB}/open-mmlab/mmagic/blob/07ceb60401/configs"
TUR = f"{GITHUB}/Aitical/TUR/blob/5e2247cbd1/README.md"

README_TABLES: tuple[ReadmeTable, ...] = (
    ReadmeTable(
        source=f"{GITHUB}/leonmakise/EvoIR/blob/15eef31462/README.md",
        year=2025,
        protocol_text=f"{AS_PRINTED}; {TOGETHER} denoising, dehazing and deraining",
        own=("EvoIR",),
        scripts=ALL_IN_ONE,
        columns=(
            *_columns(f"{NOISE}, SOTS-outdoor, Rain100L, average of three tasks", trained_on="three tasks"),
            Column("", ("params_M",)),
        ),
        lines="""
            AirNet       | 33.92/0.932 | 31.26/0.888 | 28.00/0.797 | 27.94/0.962 | 34.90/0.967 | 31.20/0.910 | 8.93
            IDR          | 33.89/0.931 | 31.32/0.884 | 28.04/0.798 | 29.87/0.970 | 36.03/0.971 | 31.83/0.911 | 15.34
            ProRes       | 32.10/0.907 | 30.18/0.863 | 27.58/0.779 | 28.38/0.938 | 33.68/0.954 | 30.38/0.888 | 370.63
            PromptIR     | 33.98/0.933 | 31.31/0.888 | 28.06/0.799 | 30.58/0.974 | 36.37/0.972 | 32.06/0.913 | 32.96
            NDR          | 34.01/0.932 | 31.36/0.887 | 28.10/0.798 | 28.64/0.962 | 35.42/0.969 | 31.51/0.910 | 28.40
            GridFormer   | 33.93/0.931 | 31.37/0.887 | 28.11/0.801 | 30.37/0.970 | 37.15/0.972 | 32.19/0.912 | 34.07
            InstructIR   | 34.15/0.933 | 31.52/0.890 | 28.30/0.804 | 30.22/0.959 | 37.98/0.978 | 32.43/0.913 | 15.84
            Up-Restorer  | 33.99/0.933 | 31.33/0.888 | 28.07/0.799 | 30.68/0.977 | 36.74/0.978 | 32.16/0.915 | 28.01
            Perceive-IR  | 34.13/0.934 | 31.53/0.890 | 28.31/0.804 | 30.87/0.975 | 38.29/0.980 | 32.63/0.917 | 42.02
            AdaIR        | 34.12/0.935 | 31.45/0.892 | 28.19/0.802 | 31.06/0.980 | 38.64/0.983 | 32.69/0.918 | 28.77
            MoCE-IR      | 34.11/0.932 | 31.45/0.888 | 28.18/0.800 | 31.34/0.979 | 38.57/0.984 | 32.73/0.917 | 25.35
            DFPIR        | 34.14/0.935 | 31.47/0.893 | 28.25/0.806 | 31.87/0.980 | 38.65/0.982 | 32.88/0.919 | 31.10
            EvoIR        | 34.14/0.937 | 31.48/0.896 | 28.23/0.811 | 32.08/0.982 | 39.07/0.985 | 33.00/0.922 | 36.68
        """,
    ),
    ReadmeTable(
        source=TUR,
        year=2025,
        protocol_text=f"{AS_PRINTED}; {TOGETHER} dehazing, deraining and denoising",
        own=("AirNet +TUR", "PromptIR +TUR"),
        scripts=ALL_IN_ONE,
        columns=_columns(f"SOTS-outdoor, Rain100L, {NOISE}, average of three tasks", trained_on="three tasks"),
        lines="""
            BRDNet        | 23.23/0.895 | 27.42/0.895 | 32.26/0.898 | 29.76/0.836 | 26.34/0.693 | 27.80/0.843
            LPNet         | 20.84/0.828 | 24.88/0.784 | 26.47/0.778 | 24.77/0.748 | 21.26/0.552 | 23.64/0.738
            FDGAN         | 24.71/0.929 | 29.89/0.933 | 30.25/0.910 | 28.81/0.868 | 26.43/0.776 | 28.02/0.883
            MPRNet        | 25.28/0.955 | 33.57/0.954 | 33.54/0.927 | 30.89/0.880 | 27.56/0.779 | 30.17/0.899
            DL            | 26.92/0.931 | 32.62/0.931 | 33.05/0.914 | 30.41/0.861 | 26.90/0.740 | 29.98/0.876
            AirNet        | 27.94/0.962 | 34.90/0.968 | 33.92/0.933 | 31.26/0.888 | 28.00/0.797 | 31.20/0.910
            AirNet +TUR   | -           | 38.70/0.984 | 33.96/0.931 | 31.31/0.886 | 28.04/0.794 | -
            PromptIR      | 30.58/0.974 | 36.37/0.972 | 33.98/0.933 | 31.31/0.888 | 28.06/0.799 | 32.06/0.913
            PromptIR +TUR | 31.17/0.978 | 38.57/0.984 | 34.06/0.932 | 31.40/0.887 | 28.13/0.797 | 32.67/0.916
        """,
    ),
    ReadmeTable(
        source=TUR,
        year=2025,
        protocol_text=f"{AS_PRINTED}; {TOGETHER} dehazing, deraining, denoising, deblurring and low light",
        own=("AirNet +TUR", "TransWeather +TUR"),
        columns=_columns(
            "SOTS-outdoor, Rain100L, CBSD68 sigma 25, GoPro, LOL-v1, average of five tasks", trained_on="five tasks"
        ),
        lines="""
            NAFNet            | 25.23/0.939 | 35.56/0.967 | 31.02/0.883 | 26.53/0.808 | 20.49/0.809 | 27.76/0.881
            MPRNet            | 24.27/0.937 | 38.16/0.981 | 31.35/0.889 | 26.87/0.823 | 20.84/0.824 | 28.27/0.890
            SwinIR            | 21.50/0.891 | 30.78/0.923 | 30.59/0.868 | 24.52/0.773 | 17.81/0.723 | 25.04/0.835
            DL                | 20.54/0.826 | 21.96/0.762 | 23.09/0.745 | 19.86/0.672 | 19.83/0.712 | 21.05/0.743
            TAPE              | 22.16/0.861 | 29.67/0.904 | 30.18/0.855 | 24.47/0.763 | 18.97/0.621 | 25.09/0.801
            IDR               | 25.24/0.943 | 35.63/0.965 | 31.60/0.887 | 27.87/0.846 | 21.34/0.826 | 28.34/0.893
            TransWeather      | 21.32/0.885 | 29.43/0.905 | 29.00/0.841 | 25.12/0.757 | 21.21/0.792 | 25.22/0.836
            TransWeather +TUR | 29.68/0.966 | 33.09/0.952 | 30.40/0.869 | 26.63/0.815 | 23.02/0.838 | 28.56/0.888
            AirNet            | 21.04/0.884 | 32.98/0.951 | 30.91/0.882 | 24.35/0.781 | 18.18/0.735 | 25.49/0.846
            AirNet +TUR       | 27.59/0.954 | 33.95/0.962 | 30.93/0.875 | 26.13/0.801 | 17.88/0.772 | 27.30/0.873
        """,
    ),
    ReadmeTable(
        source=TUR,
        year=2025,
        protocol_text=f"{AS_PRINTED}; one model for rain, snow and raindrops (Allweather)",
        own=("TransWeather +TUR",),
        columns=_columns("Outdoor-Rain, Snow100K, Raindrop, average of Allweather", trained_on="Allweather"),
        lines="""
            All-in-One        | 24.71/0.8980 | 28.33/0.8820 | 31.12/0.9268 | -
            WeatherDiff128    | 29.72/0.9216 | 29.58/0.8941 | 29.66/0.9225 | 29.65/0.9127
            TransWeather      | 28.83/0.9000 | 29.31/0.8879 | 30.17/0.9157 | 29.44/0.9012
            TransWeather +TUR | 29.75/0.9073 | 30.62/0.9086 | 31.61/0.9330 | 30.66/0.9163
        """,
    ),
    ReadmeTable(
        source=TUR,
        year=2025,
        protocol_text=f"{AS_PRINTED}; real images of rain, snow and haze",
        own=("TransWeather +TUR",),
        columns=_columns("SPA+, RealSnow, REVIDE, average of SPA+ and RealSnow and REVIDE"),
        lines="""
            Chen et al.       | 37.32/0.97 | 29.37/0.88 | 20.10/0.85 | 28.93/0.90
            WGWS-Net          | 38.94/0.98 | 29.46/0.85 | 20.44/0.87 | 29.61/0.90
            TransWeather      | 33.64/0.93 | 29.16/0.82 | 17.33/0.82 | 26.71/0.86
            TransWeather +TUR | 39.78/0.98 | 29.72/0.91 | 20.38/0.88 | 29.96/0.92
        """,
    ),
    ReadmeTable(
        source=f"{CUI}/ConvIR/blob/05dcbffa20/README.md",
        year=2024,
        protocol_text=CUI_TEXT,
        own=("ConvIR",),
        columns=(
            *_columns("SOTS-indoor, SOTS-outdoor, Haze4K, Dense-Haze, NH-HAZE, O-HAZE, I-HAZE, NHR, GTA5"),
            Column("", ("params_M", "FLOPs_G")),
        ),
        lines="""
            ConvIR-S | 41.53/0.996 | 37.95/0.994 | 33.36/0.99 | 17.45/0.648 | 20.65/0.807 | 25.25/0.784 | 21.95/0.888\
                     | 28.85/0.981 | 31.68/0.917 | 5.53/42.1
            ConvIR-B | 42.72/0.997 | 39.42/0.996 | 34.15/0.99 | 16.86/0.621 | 20.66/0.802 | 25.36/0.780 | 22.44/0.887\
                     | 29.49/0.983 | 31.83/0.921 | 8.63/71.22
            ConvIR-L | - | - | 34.50/0.99 | - | - | - | - | - | - | 14.83/129.34
        """,
    ),
    ReadmeTable(
        source=f"{CUI}/ConvIR/blob/05dcbffa20/README.md",
        year=2024,
        protocol_text=CUI_TEXT,
        own=("ConvIR",),
        columns=_columns("SateHaze-1k-Thin, SateHaze-1k-Moderate, SateHaze-1k-Thick, CSD, SRRS, Snow100K"),
        lines="""
            ConvIR-S | 25.11/0.978 | 26.79/0.978 | 22.65/0.950 | 38.43/0.99 | 32.25/0.98 | 33.79/0.95
            ConvIR-B | - | - | - | 39.10/0.99 | 32.39/0.98 | 33.92/0.96
        """,
    ),
    ReadmeTable(
        source=f"{CUI}/ConvIR/blob/05dcbffa20/README.md",
        year=2024,
        protocol_text=CUI_TEXT,
        own=("ConvIR",),
        columns=_columns("RSBlur, Test100, Test2800"),
        lines="ConvIR-L | 34.06/0.868 | 31.40/0.919 | 33.73/0.937",
    ),
    ReadmeTable(
        source=f"{CUI}/ConvIR/blob/05dcbffa20/README.md",
        year=2024,
        protocol_text="skimage PSNR on clamped unrounded float32, as Motion_Deblurring/eval.py has it; SSIM not stated",
        own=("ConvIR",),
        columns=(
            Column("GoPro", ("PSNR",), trained_on="GoPro", protocol="mimo-unet@1"),
            Column("GoPro", ("SSIM",), trained_on="GoPro"),
        ),
        lines="ConvIR-L | 33.28 | 0.963",
    ),
    ReadmeTable(
        source=f"{CUI}/FSNet/blob/139b3c4d26/README.md",
        year=2023,
        protocol_text=CUI_TEXT,
        own=("FSNet",),
        columns=(
            *_columns("GoPro, HIDE, RSBlur, SOTS-indoor, SOTS-outdoor, Dense-Haze, NH-HAZE, NHR, Haze4K, CSD, SRRS"),
            *_columns("Snow100K, Rain13K average of 5"),
        ),
        lines="FSNet | 33.29/0.963 | 31.05/0.941 | 34.31/0.872 | 42.45/0.997 | 40.40/0.997 | 17.13/0.65 | 20.55/0.81"
        " | 26.30/0.976 | 34.12/0.99 | 38.37/0.99 | 32.33/0.98 | 33.76/0.95 | 33.51/0.916",
    ),
    ReadmeTable(
        source=f"{CUI}/SFNet/blob/043534446c/README.md",
        year=2023,
        protocol_text=CUI_TEXT,
        own=("SFNet",),
        columns=(
            *_columns(
                "GoPro, HIDE, RSBlur, SOTS-indoor, SOTS-outdoor, Dense-Haze, CSD, SRRS, Snow100K, Rain13K average of 5"
            ),
        ),
        lines="SFNet | 33.27/0.963 | 31.10/0.941 | 34.35/0.872 | 41.24/0.996 | 40.05/0.996 | 17.46/0.578 | 38.41/0.99"
        " | 32.40/0.98 | 33.79/0.95 | 33.56/0.929",
    ),
    ReadmeTable(
        source=f"{CUI}/ChaIR/blob/8666501926/README.md",
        year=2023,
        protocol_text=CUI_TEXT,
        own=("ChaIR",),
        columns=(
            *_columns("GoPro, HIDE, RSBlur, SOTS-indoor, SOTS-outdoor, Dense-Haze, NHR, CSD, SRRS, Snow100K"),
            *_columns("Rain100L, Rain100H"),
        ),
        lines="ChaIR | 33.28/0.963 | 30.97/0.941 | 34.25/0.871 | 41.95/0.997 | 40.73/0.997 | 17.50/0.62 | 28.18/0.98"
        " | 39.24/0.99 | 31.91/0.98 | 33.79/0.95 | 38.20/0.973 | 31.74/0.906",
    ),
    ReadmeTable(
        source=f"{CUI}/FocalNet/blob/0371cf843b/README.md",
        year=2023,
        protocol_text=CUI_TEXT,
        own=("FocalNet",),
        columns=_columns("Dense-Haze, NH-HAZE, O-HAZE, NHR, CSD, SRRS, Snow100K"),
        lines="FocalNet | 17.07/0.63 | 20.43/0.79 | 25.50/0.94 | 25.35/0.969 | 37.18/0.99 | 31.34/0.98 | 33.53/0.95",
    ),
    ReadmeTable(
        source=f"{GITHUB}/rimchang/RSBlur/blob/00480ada70/README.md",
        year=2022,
        protocol_text="RSBlur's own script: aligned, clipped; trained on RSBlur's real blur",
        own=(),
        columns=_columns("RSBlur", trained_on="RSBlur", protocol="rsblur@1"),
        lines="""
            Uformer-B  | 33.98/0.8660
            Restormer  | 33.69/0.8628
            MPRNet     | 33.61/0.8614
            MIMO-UNet+ | 33.37/0.8560
            MIMO-UNet  | 32.73/0.8457
            SRN        | 32.53/0.8398
        """,
    ),
    ReadmeTable(
        source=f"{MMAGIC}/restormer/README.md",
        year=2022,
        protocol_text="MMagic on the official weights: Y channel, its own PSNR and SSIM",
        own=(),
        columns=(
            *_columns("Rain100H, Rain100L, Test100, Test1200, Test2800", trained_on="Rain13K"),
            *_columns("RealBlur-J, RealBlur-R", trained_on="GoPro"),
        ),
        lines="Restormer | 31.4804/0.9056 | 39.1023/0.9787 | 32.0287/0.9239 | 33.2251/0.9272 | 34.2170/0.9451"
        " | 28.4356/0.8681 | 35.9141/0.9707",
    ),
    ReadmeTable(
        source=f"{MMAGIC}/restormer/README.md",
        year=2022,
        protocol_text="MMagic on the official weights: RGB, its own PSNR and SSIM",
        own=(),
        columns=_columns("GoPro, HIDE", trained_on="GoPro"),
        lines="Restormer | 32.9295/0.9496 | 31.2289/0.9345",
    ),
    ReadmeTable(
        source=f"{MMAGIC}/nafnet/README.md",
        year=2022,
        protocol_text="MMagic on the official weights: RGB, SSIM averaged over the channels instead of 3-D",
        own=(),
        columns=_columns("GoPro", trained_on="GoPro"),
        lines="NAFNet-64 | 33.7246/0.9479",
    ),
    ReadmeTable(
        source=f"{GITHUB}/megvii-research/TLC/blob/0aab10abdc/README.md",
        year=2022,
        protocol_text="BasicSR's calculate_psnr on 8-bit RGB, as options/test/GoPro has it",
        own=("HINet", "MPRNet-local", "Restormer-local"),
        inference=(("HINet-local", "TLC"), ("MPRNet-local", "TLC"), ("Restormer-local", "TLC")),
        columns=tuple(Column(name, ("PSNR",), trained_on="GoPro", protocol="gopro@1") for name in ("GoPro", "HIDE")),
        lines="""
            HINet           | 32.71 | 30.33
            HINet-local     | 33.08 | 30.66
            MPRNet          | 32.66 | 30.96
            MPRNet-local    | 33.31 | 31.19
            Restormer       | 32.92 | 31.22
            Restormer-local | 33.57 | 31.49
        """,
    ),
    ReadmeTable(
        source=f"{GITHUB}/jiexiaou/IDT/blob/65281a1e2c/README.md",
        year=2022,
        protocol_text="evaluaterain.m: Y of uint8 rgb2ycbcr (rounded); Wang SSIM valid; full-size images",
        own=("IDT",),
        inference=(("IDT", "overlapping tiles 128"),),
        columns=(
            *_columns("Rain200H, Rain200L, DDN-Data, DID-Data, SPA-Data", protocol="rain13k@1"),
            Column("AGAN-Data"),
        ),
        lines="IDT | 32.10/0.9343 | 40.74/0.9884 | 33.80/0.9407 | 34.85/0.9401 | 47.34/0.9929 | 31.63/0.9360",
    ),
    ReadmeTable(
        source=f"{GITHUB}/Aitical/DSwinIR/blob/3c72514dc9/README.md",
        year=2024,
        protocol_text="computation not stated in the README",
        own=("DSwinIR",),
        columns=_columns("Rain100L, SPA-Data"),
        lines="DSwinIR | 38.19/0.984 | 49.19/0.993",
    ),
    ReadmeTable(
        source=f"{GITHUB}/Schizophreni/CoIC/blob/0c73858102/README.md",
        year=2024,
        protocol_text="computation not stated in the README; one model for all sets, tuned on SPA-Data at the end",
        own=("DRSformer +CoIC",),
        columns=tuple(
            Column(name, ("PSNR",), trained_on="five synthetic sets and SPA-Data")
            for name in ("Rain200L", "Rain200H", "Rain800", "DID-Data", "DDN-Data", "SPA-Data")
        ),
        lines="""
            DRSformer       | 39.32 | 29.27 | 28.85 | 34.91 | 33.71 | 45.46
            DRSformer +CoIC | 39.70 | 30.31 | 29.73 | 35.02 | 33.94 | 46.03
        """,
    ),
    ReadmeTable(
        source=f"{GITHUB}/caiyuanhao1998/Retinexformer/blob/0183ee43cc/README.md",
        year=2023,
        protocol_text="its script with --GT_mean: the restored image has the mean of the target",
        own=("Retinexformer",),
        columns=_columns("LOL-v1, LOL-v2-real, LOL-v2-synthetic", protocol="retinexformer-gtmean@1"),
        lines="Retinexformer | 27.18/0.850 | 27.71/0.856 | 29.04/0.939",
    ),
    ReadmeTable(
        source=f"{ARXIV}/2406.09135",
        year=2024,
        protocol_text="the abstract; skimage PSNR of saved 8-bit RGB, as INVOKERer/AdaRevD, evaluate_gopro.py, has it",
        own=("AdaRevD",),
        columns=(Column("GoPro", ("PSNR",), trained_on="GoPro", protocol="gopro@1"),),
        lines="AdaRevD | 34.60",
    ),
    ReadmeTable(
        source=f"{ARXIV}/2407.16993",
        year=2024,
        protocol_text="the abstract; skimage PSNR of 8-bit RGB, as INVOKERer/LoFormer, val.py, has it",
        own=("LoFormer",),
        columns=(
            Column("GoPro", ("PSNR",), trained_on="GoPro", protocol="gopro@1"),
            Column("", ("FLOPs_G",)),
        ),
        lines="LoFormer | 34.09 | 126",
    ),
    ReadmeTable(
        source=f"{ARXIV}/2111.11745v2",
        year=2022,
        protocol_text="the abstract, which does not state the computation; the block in NAFNet",
        own=("DeepRFT",),
        columns=(Column("GoPro", ("PSNR",)),),
        lines="DeepRFT (NAFNet) | 33.85",
    ),
    ReadmeTable(
        source=f"{GITHUB}/INVOKERer/DeepRFT/blob/0069a8446b/README.md",
        year=2021,
        protocol_text="the abstract, which does not state the computation",
        own=("DeepRFT",),
        columns=(Column("GoPro", ("PSNR",)),),
        lines="DeepRFT+ | 33.23",
    ),
)
"""Every transcribed table."""
