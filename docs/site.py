"""Hooks of the site (`mkdocs.yml`): pages from elsewhere in the repository, and the reference of the Python surface."""
# ruff: noqa: INP001 -- a script, of no package

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from restorebench.bench.cli import main

ROOT = Path(__file__).parents[1]
DATA = ROOT / "docs" / "data"
OUTSIDE = {"CONTRIBUTING.md": "contributing.md"}
"""Pages beside `docs/`, and where they are on the site."""

GALLERY = {
    "report of the demonstration": ("report quickstart", "demonstration"),
    "report of PReNet on Rain100H": ("report rain100h", "prenet"),
    "leaderboard of both": ("leaderboard quickstart rain100h", "leaderboard"),
    "distributions over the images of Rain100H": ("figure violin rain100h", "violin.svg"),
}
"""What is shown, by title: the command that makes it of the records in `docs/data`, and where below `gallery/`."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in `docs/`."""
    for path, place in OUTSIDE.items():
        text = (ROOT / path).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, place, content=text))
    files.append(File.generated(config, "reference/api.md", content=api_page()))
    files.append(File.generated(config, "gallery.md", content=gallery_page()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 -- MkDocs's
    """Point links that leave `docs/` to where the page is on the site."""
    up = "../" * page.file.src_uri.count("/")
    for path, place in OUTSIDE.items():
        markdown = re.sub(rf"\]\((?:\.\./)+{re.escape(path)}", f"]({up}{place}", markdown)
    return markdown


def on_post_build(config: MkDocsConfig) -> None:
    """Make what the gallery shows.

    Raises:
        PluginError: a command failed.
    """
    place = Path(config.site_dir) / "gallery"
    for command, out in GALLERY.values():
        words = [str(DATA / word) if (DATA / word).is_dir() else word for word in command.split()]
        if code := main([*words, "--out", str(place / out)]):
            raise PluginError(f"restorebench {command} ended with exit code {code}.")


def gallery_page() -> str:
    """Links to what the commands make, and the pictures among it."""
    parts = ["# Gallery", "Pages and figures that commands made from the [records in the repository](data/README.md)."]
    for title, (command, out) in GALLERY.items():
        is_picture = out.endswith(".svg")
        address = f"gallery/{out}" if is_picture else f"gallery/{out}/index.html"
        shown = f'<img src="{address}" alt="{title}">' if is_picture else title
        parts.append(f'<a href="{address}">{shown}</a>: `restorebench {command} --out {out}`')
    return "\n\n".join(parts) + "\n"


def api_page() -> str:
    """A section for each public name of `restorebench.bench`, from its docstring."""
    bench = import_module("restorebench.bench")
    parts = [
        "# API",
        "Everything in `restorebench.bench`, from the docstrings. [Another page](python.md) has examples.",
    ]
    for name in bench.__all__:
        value = getattr(bench, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            parts.append(f"::: {value.__module__}.{value.__qualname__}")
    return "\n\n".join(parts) + "\n"
