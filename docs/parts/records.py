"""Parts drawn from the run folders in `docs/data`: what commands print of them."""

from __future__ import annotations

import contextlib
import io
import textwrap
from collections.abc import Callable, Iterator

from restorebench.bench.cli.quickstart import STUDIES
from restorebench.bench.cli.summary import show_runs
from restorebench.bench.explanation.averages import Images
from restorebench.bench.explanation.explain import searched_views
from restorebench.bench.explanation.measurements import Measurements
from restorebench.bench.explanation.measuring import stored_measurements
from restorebench.bench.protocols.catalogue import PROTOCOLS
from restorebench.bench.runs import run as runs

from .markdown import fenced, table
from .places import DATA
from .printing import printed, shown


def _table_of(folder: str, *options: str) -> Iterator[str]:
    """What `restorebench table` prints of a folder below `docs/data`."""
    yield from fenced(printed("table", str(DATA / folder), *options))


def _comparison() -> Iterator[str]:
    """What `restorebench compare` shows of two models of the quickstart, on a terminal as wide as a page."""
    folder, models = str(DATA / "quickstart/quickstart-rain"), ("nafnet-nano-derain", "nafnet-nano-derain+pde")
    yield from fenced(shown("compare", folder, *models, "--metric", "psnr", columns=110))


def _means_of(*folders: str) -> Iterator[str]:
    """What `restorebench run` prints of some run folders below `docs/data` when it has finished."""
    found = [run for folder in folders for run in runs.find_runs(DATA / folder)]
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()):
        show_runs(found, DATA)
    yield from fenced(printed.getvalue())


def _quickstart() -> Iterator[str]:
    for dataset, models in STUDIES.items():
        yield from (*_means_of(*(f"quickstart/{dataset}/{runs.cell_name(model)}" for model in models)), "")


def _explained(*claimed: str) -> Iterator[str]:
    """What `restorebench explain` prints of PReNet's run on Rain100H."""
    lines = printed("explain", str(DATA / "explained/rain100h/prenet"), "--claimed", *claimed).splitlines()
    yield from fenced("\n".join(textwrap.fill(line, 140) if number == 0 else line for number, line in enumerate(lines)))


def _conventions() -> Iterator[str]:
    """PReNet's outputs on Rain100H by every protocol that their 8-bit images can be measured by."""
    run = runs.load_run(DATA / "explained/rain100h/prenet")
    (*views,) = searched_views(stored_measurements(run) or Measurements(Images((), ()), {})).views
    for_each = ((name, view, forms) for view in views for name, forms in view.protocols.items())
    place = {name: index for index, name in enumerate(PROTOCOLS)}
    rows: list[list[str]] = []
    for name, view, forms in sorted(for_each, key=lambda each: place[each[0]]):
        psnr, ssim = (
            next((reading for reading in view.readings[metric] if reading.form == forms[metric]), None)
            for metric in ("psnr", "ssim")
        )
        words = "; ".join(filter(None, (view.words, ssim.words if ssim else "")))
        values = [f"{psnr.values.mean():.3f}" if psnr else "", f"{ssim.values.mean():.4f}" if ssim else ""]
        rows.append([f"`{name}`", *values, words])
    yield from table(("protocol", "PSNR", "SSIM", "what it measures"), iter(rows))


WRITERS: dict[str, Callable[[], Iterator[str]]] = {
    "quickstart": _quickstart,
    "table of PReNet": lambda: _table_of("rain100h/prenet", "--metric", "psnr", "ssim"),
    "table of Rain100H": lambda: _table_of("rain100h", "--metric", "psnr", "ssim"),
    "comparison of the quickstart": _comparison,
    "explained RGB": lambda: _explained("psnr=28.05", "ssim=0.884"),
    "explained Rain13K": lambda: _explained("psnr=26.77", "ssim=0.858"),
    "conventions": _conventions,
    "means of PReNet": lambda: _means_of("rain100h/prenet"),
    "means of mine": lambda: _means_of("rain100h/identity", "rain100h/mine.py-build"),
}
