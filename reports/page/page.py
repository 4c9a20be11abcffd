"""The HTML report, made from run folders alone, which opens from disk without a network connection.

It is a folder (`index.html` and `files/` beside it), or a single self-contained file.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from tempfile import TemporaryDirectory

from ...bench.files.atomic import write_atomic
from ...bench.runs.run import Run
from ..board.board import Board, build_board
from ..board.parts import fold_empty_metrics
from ..tables.costs import find_costs
from .context import page_context
from .folder import FILES_FOLDER, FRONT_PAGE, GENERATOR, replacing_report
from .payload import Json, data_address, image_values, page_data, relative_path, script_json
from .pictures import Gallery, collect_pictures, copy_pictures, count_pictures, encoded_megabytes, with_observations
from .pixel_scripts import write_pixel_scripts

__all__ = [
    "TITLE",
    "SiteLinks",
    "embedded",
    "fill_report",
    "read_scripts",
    "render_page",
    "write_report",
    "write_single_file",
    "write_waiting_page",
]

SCRIPTS = (
    "core.js",
    "provenance.js",
    "board.js",
    "fields.js",
    "traces.js",
    "pixels.js",
    "address.js",
    "scores.js",
    "stage.js",
    "viewer.js",
    "plots.js",
    "pointer.js",
    "differences.js",
    "scatter.js",
    "costs.js",
)
LIVE_SCRIPT = "live.js"
TITLE = "Image restoration report"


@dataclass(frozen=True, slots=True)
class SiteLinks:
    """Addresses of a site's pages for the rows and columns of its front page; empty for a single report."""

    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    rule: str = ""
    """Explanation of the choice among several runs."""


def write_report(runs: Sequence[Run], out: Path, *, gallery: int = 4, title: str = TITLE) -> Path:
    """Write a report as a folder, replacing an older report in it when the new one is complete.

    Args:
        runs: runs to show.
        out: output folder; created if missing.
        gallery: number of pictures per selection (worst, best, median, most disputed) and data set; 0 for none.
        title: title of the page.

    Returns:
        The path of `index.html`.

    Raises:
        UsageError: the folder contains something other than a report.
        RunFolderError: a cost file, or the fields of a physics layer, are damaged.
        OSError: the report cannot be written; an older one is unchanged.
    """
    with replacing_report(out) as folder:
        fill_report(runs, folder, out, gallery=gallery, title=title)
    return out / FRONT_PAGE


def fill_report(
    runs: Sequence[Run],
    folder: Path,
    out: Path,
    *,
    gallery: int,
    title: str,
    links: SiteLinks | None = None,
    live: bool = False,
) -> Json:
    """Write a report into an empty folder, from where it will be moved to `out`; otherwise like `write_report`.

    Returns the data of the page.

    Args:
        runs: runs to show.
        folder: where the files go now.
        out: where they will be; links to runs are relative to it.
        gallery: number of pictures per selection and data set.
        title: title of the page.
        links: pages of the site with this report as front page.
        live: whether the page is served and loads itself again when it changes.
    """
    files = folder / FILES_FOLDER
    files.mkdir()
    board, costs = build_board(runs), find_costs(runs)
    shown, _ = fold_empty_metrics(board)
    copies = copy_pictures(collect_pictures(board, gallery), files)
    write_pixel_scripts(folder, files)
    galleries = with_observations(copies, board, files)
    for index in range(len(board.columns)):
        script = f"restorebench.deliver({index},{script_json(image_values(shown, index))});\n"
        (files / f"images-{index}.js").write_text(script, encoding="utf-8")
    data = page_data(shown, costs, galleries, out, lambda path: relative_path(path, folder))
    context = page_context(board, costs, data, out) | _site(links or SiteLinks())
    (folder / FRONT_PAGE).write_text(_report(data, context, title, live=live), encoding="utf-8")
    return data


def write_waiting_page(page: Path, title: str) -> None:
    """Write the page that stands in for a report until there is a run, and then loads the report."""
    script = read_scripts(LIVE_SCRIPT)
    page.write_text(render_page("waiting.html.j2", {"title": title}, script, asks=True), encoding="utf-8")


def write_single_file(
    runs: Sequence[Run], page: Path, *, gallery: int = 4, title: str = TITLE, max_megabytes: float = 20.0
) -> int:
    """Write a report as a single HTML file, for sharing, with all pictures and per-image values inside.

    Args:
        runs: runs to show.
        page: path of the file.
        gallery: number of pictures per selection and data set; reduced to fit `max_megabytes`.
        title: title of the page.
        max_megabytes: maximum size of the pictures.

    Returns:
        The number of pictures omitted to limit the size, which the page states too.

    Raises:
        RunFolderError: a cost file, or the fields of a physics layer, are damaged.
    """
    board, costs = build_board(runs), find_costs(runs)
    shown, _ = fold_empty_metrics(board)
    with TemporaryDirectory() as drawings:
        fitting, left = _fitting(board, gallery, max_megabytes, Path(drawings))
        data = page_data(shown, costs, fitting, page.parent, data_address)
    omitted = f"{left} pictures are omitted from this file, to keep its pictures under {max_megabytes:g} MB."
    inlined = [script_json(image_values(shown, index)) for index in range(len(board.columns))]
    context = page_context(board, costs, data, page.parent) | _site(SiteLinks())
    write_atomic(page, _report(data, context, title, inlined=inlined, note=omitted if left else ""))
    return left


def render_page(
    template: str,
    context: Mapping[str, object],
    script: str = "",
    *,
    style: str = "report.css",
    asks: bool = False,
) -> str:
    """Render a page from a template that extends `base.html.j2`.

    Args:
        template: name of the template.
        context: variables of the template; everything except `Markup` is escaped.
        script: the only script that the page may run, apart from files beside it.
        style: name of the style sheet, a template too.
        asks: whether the page may ask the server that it came from, as a page of a running evaluation does.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    loader = PackageLoader(__name__.rpartition(".")[0])
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    rules = loader.get_source(environment, style)[0]
    return environment.get_template(template).render(
        context,
        generator=f"{GENERATOR} {metadata.version('restorebench')}",
        policy=_policy(rules, script, asks=asks),
        style=Markup(rules),  # noqa: S704 -- the package's own file
        script=Markup(script),  # noqa: S704 -- the package's own files
    )


def read_scripts(*names: str) -> str:
    """Read and concatenate scripts of the package."""
    folder = resources.files(__name__.rpartition(".")[0]).joinpath("templates")
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


def embedded(data: Json) -> dict[str, object]:
    """Make the template variable with the data of a page."""
    from markupsafe import Markup

    return {"data": Markup(script_json(data))}  # noqa: S704 -- every angle bracket in it is escaped


def _report(
    data: Json,
    context: Mapping[str, object],
    title: str,
    *,
    inlined: Sequence[str] = (),
    note: str = "",
    live: bool = False,
) -> str:
    from markupsafe import Markup

    values = [Markup(text) for text in inlined]  # noqa: S704 -- made by script_json
    whole = {**context, **embedded(data), "title": title, "note": note, "inlined": values, "live": live}
    scripts = (*SCRIPTS, LIVE_SCRIPT) if live else SCRIPTS
    return render_page("report.html.j2", whole, read_scripts(*scripts), asks=live)


def _fitting(board: Board, size: int, max_megabytes: float, drawings: Path) -> tuple[dict[int, Gallery], int]:
    """Find the largest galleries that fit, with at most `size` pictures per selection, and count omitted pictures."""
    wanted = count_pictures(collect_pictures(board, size))
    for fewer in range(size, 0, -1):
        fitting = with_observations(collect_pictures(board, fewer), board, drawings / str(fewer))
        if encoded_megabytes(fitting) <= max_megabytes:
            return fitting, wanted - count_pictures(fitting)
    return {}, wanted


def _site(links: SiteLinks) -> dict[str, object]:
    return {"row_links": links.rows, "column_links": links.columns, "rule": links.rule}


def _policy(style: str, script: str, *, asks: bool) -> str:
    """Content security policy: no network, only content of the page and files beside it."""

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    connect = "; connect-src 'self'" if asks else ""
    return (
        f"default-src 'none'; img-src 'self' file: data:; style-src {digest(style)}; "
        f"script-src 'self' file: {digest(script)}; base-uri 'none'; form-action 'none'"
        f"{connect}"
    )
