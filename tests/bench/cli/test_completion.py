"""Completion as real shells do it, and that answering imports nothing large."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.baselines import MODELS
from restorebench.bench.cli import completers, main
from restorebench.bench.cli.completion import Shell, script
from restorebench.bench.models.fetchables import fetchables
from restorebench.bench.protocols.catalogue import PROTOCOLS
from restorebench.bench.runs.run import RUN_FILE
from restorebench.datasets import DATASETS
from restorebench.reports.trackers.choice import NAMES

WIDTH64 = [name for name in MODELS if name.startswith("nafnet-width64")]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two runs, and `restorebench` on the path."""
    for model in ("prenet", "prenet_r"):
        write_run(tmp_path / "out", FakeRun(model=model, title=model, images=1, found=1, metrics=("psnr",)))
    program = tmp_path / "bin" / "restorebench"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nimport sys\nfrom restorebench.bench.cli import main\nsys.exit(main(sys.argv[1:]))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answered(capfd: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """What `restorebench __complete` prints after its first line."""
    assert main(["__complete", *words]) == 0
    _, began, names = capfd.readouterr().out.partition("\x1fbegin\n")
    assert began
    return [line.partition("\t")[0] for line in names.splitlines()]


def test_names_of_models_data_sets_and_protocols(capfd: pytest.CaptureFixture[str]) -> None:
    assert set(MODELS) <= set(answered(capfd, "run", "-m", ""))
    assert {name.partition("=")[0] for name in answered(capfd, "run", "-d", "")} >= set(DATASETS)
    assert set(PROTOCOLS) <= set(answered(capfd, "compare", "out", "-p", ""))
    assert "dists" in answered(capfd, "run", "--metric", "")
    assert set(MODELS) <= set(answered(capfd, "models", "show", ""))


def test_only_data_sets_that_need_a_folder_ask_for_one(capfd: pytest.CaptureFixture[str]) -> None:
    names = answered(capfd, "run", "-d", "")
    assert "gopro=" in names
    assert "quickstart-blur" in names


def test_after_the_equals_sign_come_paths(capfd: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "w.pth").touch()
    assert answered(capfd, "run", "-d", "gopro=o") == ["gopro=out/"]
    assert "prenet=w.pth" in answered(capfd, "run", "-m", "prenet=")
    assert "./bin/" in answered(capfd, "run", "-m", "./")


@pytest.mark.usefixtures("here")
def test_runs_and_the_models_in_them(capfd: pytest.CaptureFixture[str]) -> None:
    below = ["out", "out/rain100h", "out/rain100h/prenet", "out/rain100h/prenet_r"]
    assert answered(capfd, "report", "") == below
    assert answered(capfd, "table", "out/rain100h/prenet_") == below[3:]
    assert answered(capfd, "compare", "out", "") == ["prenet", "prenet_r"]


def test_a_folder_of_runs_is_offered_once(capfd: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "saved.json").touch()
    found = answered(capfd, "check", "out", "--baseline", "")
    assert (found.count("out"), "out/" in found, "saved.json" in found) == (1, False, True)


def test_recipes_experiments_trackers_and_weights(capfd: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "mine.toml").touch()
    recipes, experiments = answered(capfd, "train", ""), answered(capfd, "physics", "verdict", "")
    assert {"nano-blur", "nafnet-gopro", "mine.toml"} <= set(recipes)
    assert {"physics-verdict", "transport", "mine.toml"} <= set(experiments)
    assert set(recipes) & set(experiments) <= {"mine.toml", "bin/", "out/"}
    assert answered(capfd, "run", "--track", "") == answered(capfd, "train", "nano-blur", "--track", "") == [*NAMES]
    assert answered(capfd, "run", "--track", "tensorboard=o") == ["tensorboard=out/"]
    assert {item.name for item in fetchables() if ":" not in item.name} <= set(answered(capfd, "fetch", ""))


def test_a_damaged_run_disturbs_nothing(capfd: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "out" / "rain100h" / "prenet_r" / RUN_FILE).write_text("[]")
    assert answered(capfd, "compare", "out", "") == ["prenet"]


def test_the_name_of_the_file_of_a_run_is_the_same() -> None:
    assert completers.RUN_FILE == RUN_FILE


@pytest.mark.parametrize(
    "words",
    [
        *(["run", option, ""] for option in ("-m", "-d", "-p", "--track")),
        ["compare", "out", ""],
        ["train", ""],
        ["fetch", ""],
    ],
)
def test_an_answer_imports_nothing_large(words: list[str], here: Path) -> None:
    code = (
        "import sys; from restorebench.bench.cli import main; main(sys.argv[1:]);"
        "print(sorted({'torch', 'pandas', 'scipy', 'matplotlib', 'lpips', 'skimage'} & set(sys.modules)))"
    )
    done = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-c", code, "__complete", *words], capture_output=True, text=True, check=True, cwd=here
    )
    assert done.stdout.splitlines()[-1] == "[]"


def shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_is_a_script_of_its_shell(name: Shell, tmp_path: Path) -> None:
    file = tmp_path / "script"
    file.write_text(script(name))
    subprocess.run([shell(name), "-n", str(file)], check=True)  # noqa: S603 -- only parses


CASES = {
    "restorebench quick": ["quickstart"],
    "restorebench run -m nafnet-width64": WIDTH64,
    "restorebench run -d gopr": ["gopro="],
    "restorebench run -p gopro@": ["gopro@1"],
    "restorebench run --engine r": ["ray"],
    "restorebench compare out pre": ["prenet", "prenet_r"],
    "restorebench table out/rain100h/prenet_": ["out/rain100h/prenet_r"],
    "restorebench datasets veri": ["verify"],
}


TYPED = {
    "restorebench quick": "quickstart x",
    "restorebench run -m nafnet-width64+pde-g": "run -m nafnet-width64+pde-global x",
    "restorebench run -d gopr": "run -d gopro=x",
    "restorebench run -d gopro=o": "run -d gopro=out/x",
    r"restorebench run -d gopro=my\ d": r"run -d gopro=my\ data/x",
    "restorebench run -m prenet=w": "run -m prenet=w.pth x",
    "restorebench run -m ./mi": "run -m ./mine.py x",
    "restorebench run -p gopro@": "run -p gopro@1 x",
    "restorebench run -p gopro@1 -p rain100h@": "run -p gopro@1 -p rain100h@1 x",
    "restorebench run -m prenet=w.pth -d go": "run -m prenet=w.pth -d gopro=x",
    "restorebench compare out prenet_": "compare out prenet_r x",
    "restorebench table out/rain100h/prenet_": "table out/rain100h/prenet_r x",
    r"restorebench report my\ r": r"report my\ runs/x",
    "restorebench train nano-blur-f": "train nano-blur-fixed x",
    "restorebench run --track tens": "run --track tensorboard x",
    "restorebench fetch lpips-s": "fetch lpips-squeeze x",
}
"""What is typed before the tabulator key, and the words that bash has after that and an `x`."""

WORDS = r"""
PS1='READY''> '; bind 'set enable-bracketed-paste off' 'set bell-style none'; source ./script
shown() { printf '<%s>' "$(printf '%q ' "$@")"; }
restorebench() { if [[ $1 == __complete ]]; then command restorebench "$@"; else shown "$@"; fi; }
""".strip()


@pytest.mark.slow
def test_bash_completes_what_is_typed(here: Path) -> None:
    pexpect = pytest.importorskip("pexpect")  # a terminal: only there does bash split words as it does for its users
    for folder in ("my data", "my runs"):
        (here / folder).mkdir()
    for file in ("w.pth", "mine.py"):
        (here / file).touch()
    (here / "script").write_text(script("bash"))
    environment = {**os.environ, "TERM": "dumb", "INPUTRC": "/dev/null"}
    typing = pexpect.spawn(
        shell("bash"), ["--norc"], env=environment, encoding="utf-8", dimensions=(24, 400), timeout=60
    )
    for line in WORDS.splitlines():
        typing.sendline(line)
        typing.expect_exact("READY> ")
    found: dict[str, str] = {}
    for line in TYPED:
        typing.sendline(f"{line}\tx")
        typing.expect("\n<([^>]*) >READY> ")
        found[line] = typing.match[1]
    typing.close(force=True)
    assert found == TYPED


@pytest.mark.slow
def test_fish_completes(here: Path) -> None:
    program = "restorebench completion show fish | source; for line in $argv; complete -C $line; echo ==; end"
    done = subprocess.run(  # noqa: S603 -- our own script
        [shell("fish"), "-c", program, *CASES], capture_output=True, text=True, check=True, cwd=here
    )
    groups = done.stdout.split("==\n")
    found = [sorted(line.partition("\t")[0] for line in group.splitlines()) for group in groups[:-1]]
    assert dict(zip(CASES, found, strict=True)) == {line: sorted(names) for line, names in CASES.items()}


def test_install_writes_the_script_and_loads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["completion", "install", "bash"]) == 0
    file = Path(capsys.readouterr().out.strip())
    assert file.is_relative_to(tmp_path)
    assert file.read_text(encoding="utf-8") == script("bash")
    assert str(file) in (tmp_path / ".bashrc").read_text()


def test_install_to_a_file_changes_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["completion", "install", "zsh", "--out", str(tmp_path / "new" / "_restorebench")]) == 0
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["_restorebench"]


def test_other_shells_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "show", "powershell"]) == 2
    assert "zsh" in capsys.readouterr().err
