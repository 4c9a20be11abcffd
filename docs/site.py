"""Hooks of the site (`mkdocs.yml`): pages from elsewhere in the repository, and the reference of the Python surface."""
# ruff: noqa: INP001 -- a script, of no package

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
OUTSIDE = {"CONTRIBUTING.md": "contributing.md"}
"""Pages beside `docs/`, and where they are on the site."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in `docs/`."""
    for path, place in OUTSIDE.items():
        text = (ROOT / path).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, place, content=text))
    files.append(File.generated(config, "reference/api.md", content=api_page()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 -- MkDocs's
    """Point links that leave `docs/` to where the page is on the site."""
    up = "../" * page.file.src_uri.count("/")
    for path, place in OUTSIDE.items():
        markdown = re.sub(rf"\]\((?:\.\./)+{re.escape(path)}", f"]({up}{place}", markdown)
    return markdown


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
