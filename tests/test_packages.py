"""What is handed out with the packages: constraints, citation, image, issue templates."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def numbers(version: str) -> list[int]:
    """Parts of a version, without zeros at the end that mean nothing."""
    parts = [int(part) for part in re.findall(r"\d+", version)]
    while parts and parts[-1] == 0:
        parts.pop()
    return parts


def test_the_constraints_are_the_lowest_versions_that_the_project_allows():
    allowed = dict(re.findall(r"^([\w-]+)>=([\w.]+)", "\n".join(PROJECT["dependencies"]), re.MULTILINE))
    constraints = dict(re.findall(r"^([\w-]+)==([\w.]+)$", (ROOT / ".ci" / "lowest.txt").read_text(), re.MULTILINE))
    assert len(allowed) == len(PROJECT["dependencies"])
    assert {name: numbers(version) for name, version in constraints.items()} == {
        name: numbers(version) for name, version in allowed.items()
    }


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)  # what the format requires
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]


def test_the_image_installs_only_extras_that_there_are():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (extras,) = re.findall(r"'/source\[([\w,]+)\]'", text)
    assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"build", "dist", "*.egg-info"} <= set(ignored), "setuptools packs what an earlier build left there"
    assert not set(ignored) & {"bench", "datasets", "baselines", "reports", "README.md", "LICENSE", "pyproject.toml"}


def test_issue_templates_ask_for_what_doctor_says():
    templates = [path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"]
    assert len(templates) == 3
    for path in templates:
        template = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert {"name", "description", "body"} <= set(template)
        names = [field["id"] for field in template["body"] if field["type"] != "markdown"]
        assert len(names) == len(set(names))
        labels = [field["attributes"].get("label") for field in template["body"]]
        assert "restorebench doctor --json" in labels, path.name


def test_ci_tries_the_packages():
    assert ".ci/packages" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_menu_of_the_site_has_every_page_of_the_documentation():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"^ +- .*: ([\w/.-]+\.md)$", text, re.MULTILINE))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert named == pages | {"contributing.md", "gallery.md", "reference/api.md"}  # which docs/site.py adds
