"""The composite action and the model repository of the docs: its shell steps run against a local git repository.

What a machine without a network cannot run are the actions that it uses (cache, artifacts), pip, and GitHub's `gh`,
which a stand-in replaces that keeps comments in a file.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from restorebench.bench.files.images import save_png

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs" / "how-to" / "model-repository"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
QUALITY = EXAMPLE / ".github" / "workflows" / "quality.yml"
WORKFLOW: dict[str, Any] = yaml.safe_load(QUALITY.read_text(encoding="utf-8"))
RUN, CHECK, COMMENT, VERDICT = "Evaluate base and head", "Check", "Comment", "Verdict"

RESTOREBENCH = f"""#!/bin/sh
exec {sys.executable} -c 'import sys; from restorebench.bench.cli import main; sys.exit(main())' "$@"
"""

GH = f"""#!{sys.executable}
import json, os, pathlib, re, sys
words = sys.argv[1:]
store = pathlib.Path(os.environ["COMMENTS"])
comments = json.loads(store.read_text()) if store.exists() else {{}}
assert words[0] == "api" and os.environ["GH_TOKEN"] == "secret"
if store.with_name("no-list").exists() and "--method" not in words:
    raise SystemExit("HTTP 502")
if "--method" not in words:
    assert words[2] == "repos/owner/model/issues/7/comments"
    mark = re.search(r'startswith\\("(.*?)"\\)', words[words.index("--jq") + 1])[1]
    print(*(number for number, body in comments.items() if body.startswith(mark)), sep="\\n")
    raise SystemExit
method, place = words[words.index("--method") + 1 :][:2]
number = place.rpartition("/")[2] if method == "PATCH" else str(len(comments) + 1)
assert place == "repos/owner/model/issues/" + ("comments/" + number if method == "PATCH" else "7/comments")
body = pathlib.Path(words[words.index("-F") + 1].removeprefix("body=@")).read_text()
store.write_text(json.dumps(comments | {{number: body}}))
"""


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=Someone", "-c", "user.email=someone@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(  # noqa: S603 -- fixed commands
        ["git", "-C", str(folder), *identity, *words],  # noqa: S607 -- whichever git there is
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@dataclass
class Runner:
    """A runner of GitHub's, as far as the shell steps see it."""

    home: Path
    base: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def repository(self) -> Path:
        return self.home / "model"

    @property
    def comments(self) -> dict[str, str]:
        path = self.home / "comments.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def gate(self) -> int:
        """Run the steps in order, as GitHub would, and return the exit code of the job."""
        outputs = ""
        for name in (RUN, CHECK, COMMENT, VERDICT):
            done, outputs = self.step(name, outputs)
            self.log = done.stdout + done.stderr
            if done.returncode:
                return done.returncode
        return 0

    def step(self, name: str, outputs: str) -> tuple[subprocess.CompletedProcess[str], str]:
        (step,) = (step for step in ACTION["runs"]["steps"] if step["name"] == name)
        values = {
            **{f"inputs.{key}": str(facts.get("default", "")) for key, facts in ACTION["inputs"].items()},
            **{f"inputs.{key}": value for key, value in self.inputs.items()},
            "inputs.base": self.base,
            "inputs.token": "secret",
            "runner.temp": str(self.home / "temp"),
            "github.event.pull_request.number": "7",
            "steps.check.outputs.exit-code": outputs.partition("exit-code=")[2].strip(),
        }
        given = {
            key: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: values[found[1]], text)
            for key, text in step.get("env", {}).items()
        }
        (self.home / "temp").mkdir(exist_ok=True)
        output = self.home / "output"
        output.write_text("")
        environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(self.home / "bin"), os.environ["PATH"]]),
            "GITHUB_REPOSITORY": "owner/model",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.home / "summary.md"),
            "RUNNER_TEMP": str(self.home / "temp"),
            "COMMENTS": str(self.home / "comments.json"),
            "OMP_NUM_THREADS": "1",
            **given,
        }
        done = subprocess.run(  # noqa: S603 -- our own steps
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],  # noqa: S607 -- as GitHub does
            cwd=self.repository,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return done, output.read_text() or outputs


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """The repository of the docs with one commit, and the inputs of its workflow."""
    (tmp_path / "bin").mkdir()
    for name, content in (("restorebench", RESTOREBENCH), ("gh", GH)):
        (tmp_path / "bin" / name).write_text(content)
        (tmp_path / "bin" / name).chmod(0o755)
    shutil.copytree(EXAMPLE, tmp_path / "model")
    git(tmp_path / "model", "init", "--quiet")
    git(tmp_path / "model", "add", ".")
    git(tmp_path / "model", "commit", "--quiet", "--message", "A model")
    return Runner(tmp_path, git(tmp_path / "model", "rev-parse", "HEAD"), used_step()["with"])


def used_step() -> dict[str, Any]:
    (step,) = (step for step in WORKFLOW["jobs"]["gate"]["steps"] if "restorebench@" in step.get("uses", ""))
    return step


def change_strength(runner: Runner, value: str) -> None:
    path = runner.repository / "mine.py"
    path.write_text(path.read_text().replace("STRENGTH = 0.5", f"STRENGTH = {value}"))
    git(runner.repository, "commit", "--quiet", "--all", "--message", "Another strength")


def paired_images(folder: Path) -> Path:
    """Six independent pairs, each degraded by impulses that a median removes."""
    for index in range(6):
        rng = np.random.default_rng(index)
        rows, columns = np.mgrid[:48, :64]
        smooth = 120 + 80 * np.sin(rows / (5 + index)) * np.cos(columns / 7)
        target = np.repeat(smooth[..., None], 3, axis=-1).astype(np.uint8)
        degraded = np.where(rng.random((48, 64, 1)) < 0.05, np.uint8(255), target)
        save_png(folder / "target" / f"{index}.png", target)
        save_png(folder / "input" / f"{index}.png", degraded)
    return folder


def test_the_workflow_gives_the_action_only_inputs_that_it_has():
    assert set(used_step()["with"]) <= set(ACTION["inputs"])
    assert {name for name, facts in ACTION["inputs"].items() if facts.get("required")} <= set(used_step()["with"])


def test_no_step_puts_an_input_into_a_script():
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert len(scripts) >= 6
    assert not any("${{" in script for script in scripts), "an input could end the command: give it by env"


def test_every_expression_names_an_input_that_there_is():
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"inputs\.([\w-]+)", text))
    assert named == set(ACTION["inputs"])


def test_the_page_shows_the_files_of_the_repository():
    page = (ROOT / "docs" / "how-to" / "gate-in-ci.md").read_text(encoding="utf-8")
    for name in ("mine.py", "pyproject.toml", ".github/workflows/quality.yml"):
        assert f"\n{(EXAMPLE / name).read_text(encoding='utf-8')}```\n" in page, name


@pytest.mark.slow
def test_a_pull_request_that_changes_nothing_passes_and_has_one_comment_that_is_updated(runner: Runner):
    assert runner.gate() == 0, runner.log
    assert runner.gate() == 0, runner.log
    (comment,) = runner.comments.values()
    assert comment.startswith("<!-- restorebench gate: restorebench -->\n")
    assert "no-change" in comment
    assert (runner.home / "summary.md").read_text().count("no-change") == comment.count("no-change") * 2
    assert (runner.home / "temp" / "restorebench" / "check.xml").is_file()


@pytest.mark.slow
def test_a_worse_model_stops_the_workflow_by_the_exit_code_of_the_check(runner: Runner):
    images = paired_images(runner.home / "images")
    change_strength(runner, "0.1")
    runner.inputs = {"models": "./mine.py:build\n", "datasets": f"paired={images}", "run-arguments": "--limit 6"}
    assert runner.gate() == 1, runner.log
    (comment,) = runner.comments.values()
    assert "drop-exceeds-tolerance" in comment
    assert str(runner.home) not in comment.replace(str(images), "")


@pytest.mark.slow
def test_on_too_few_scenes_the_example_lets_no_change_pass_unseen(runner: Runner):
    change_strength(runner, "0.45")
    assert runner.gate() == 1, runner.log  # --ambiguous fail
    (comment,) = runner.comments.values()
    assert "too-few-groups" in comment


@pytest.mark.slow
def test_a_base_without_the_model_is_said(runner: Runner):
    (runner.repository / "other.py").write_text((runner.repository / "mine.py").read_text())
    git(runner.repository, "add", ".")
    git(runner.repository, "commit", "--quiet", "--message", "Another model")
    runner.inputs = {"models": "./other.py:build"}
    assert runner.gate() == 2
    assert "::error title=restorebench::The base" in runner.log


@pytest.mark.parametrize("base", ["0" * 40, ""])
def test_a_push_that_has_no_base_is_said(runner: Runner, base: str):
    runner.base = base
    assert runner.gate() == 2
    assert "::error title=restorebench::There is no commit" in runner.log
    assert "name one with the input 'base'" in runner.log


@pytest.mark.parametrize("listed", [True, False])
def test_there_is_no_second_comment_where_the_first_could_not_be_looked_for(runner: Runner, *, listed: bool):
    summary = runner.home / "temp" / "restorebench" / "summary.md"
    summary.parent.mkdir(parents=True)
    summary.write_text("A table")
    for _ in range(2):
        runner.step(COMMENT, "")
        if not listed:
            (runner.home / "no-list").touch()
        summary.write_text("Another table")
    done, _ = runner.step(COMMENT, "")
    assert done.returncode == 0
    assert ("::warning title=restorebench::The comment could not be written" in done.stdout) == (not listed)
    (comment,) = runner.comments.values()
    assert ("Another" in comment) == listed
