"""The report: one folder with `index.html`, made from run folders alone, that opens from the disk without a network."""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from ..bench.errors import UsageError
from ..bench.runs import Run
from .board import Board, build_board
from .context import page_context
from .costs import Cost, find_costs
from .payload import image_values, page_data, script_json
from .pictures import Gallery, collect_pictures, copy_pictures

__all__ = ["write_report"]

FILES_FOLDER = "files"
"""Beside `index.html`: pictures and the values of every image. Only ever holds what a report wrote."""

SCRIPTS = ("core.js", "board.js", "viewer.js", "plots.js")
GENERATOR = "restorebench"


def write_report(runs: Sequence[Run], out: Path, *, gallery: int = 4, title: str = "Image restoration report") -> Path:
    """Write the report of some runs; an older report in the same folder is replaced.

    Args:
        runs: what to show.
        out: the folder; made if it is not there.
        gallery: pictures of each selection (worst, best, median, most disputed) per data set; 0 for none.
        title: of the page.

    Returns:
        The path of `index.html`.

    Raises:
        UsageError: the folder holds something that is not a report.
        RunFolderError: a cost file is damaged.
    """
    files = _emptied(out)
    board = build_board(runs)
    galleries = copy_pictures(collect_pictures(board, gallery), files)
    for index in range(len(board.columns)):
        script = f"restorebench.deliver({index},{script_json(image_values(board, index))});\n"
        (files / f"images-{index}.js").write_text(script, encoding="utf-8")
    page = out / "index.html"
    page.write_text(_page(board, find_costs(runs), galleries, out, title), encoding="utf-8")
    return page


def _emptied(out: Path) -> Path:
    """The folder of the report's own files, empty."""
    files, page = out / FILES_FOLDER, out / "index.html"
    ours = page.is_file() and f'<meta name="generator" content="{GENERATOR} ' in page.read_text(encoding="utf-8")[:2000]
    if (files.exists() or page.exists()) and not ours:
        raise UsageError(f"{out} holds something that is not a report of restorebench: give another folder with --out.")
    if files.is_dir():
        shutil.rmtree(files)
    files.mkdir(parents=True)
    return files


def _page(board: Board, costs: Mapping[str, Cost], galleries: Mapping[int, Gallery], folder: Path, title: str) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    loader = PackageLoader(__name__.rpartition(".")[0])
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    style = loader.get_source(environment, "report.css")[0]
    script = "\n".join(loader.get_source(environment, name)[0] for name in SCRIPTS)
    data = page_data(board, costs, galleries, folder)
    return environment.get_template("report.html.j2").render(
        page_context(board, costs, data, folder),
        title=title,
        generator=f"{GENERATOR} {metadata.version('restorebench')}",
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 -- the package's own file
        script=Markup(script),  # noqa: S704 -- the package's own files
        data=Markup(script_json(data)),  # noqa: S704 -- every angle bracket in it is escaped
    )


def _policy(style: str, script: str) -> str:
    """Nothing from a network: only what is written in the page, and files beside it."""

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; img-src 'self' file: data:; style-src {digest(style)}; "
        f"script-src 'self' file: {digest(script)}; base-uri 'none'; form-action 'none'"
    )
