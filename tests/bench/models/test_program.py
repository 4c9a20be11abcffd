"""Programs in any language as models: one image or a folder at a time, and every way in which they fail."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest
from helpers.memory_dataset import photograph
from restorebench.bench.cli import main
from restorebench.bench.errors import RestorationError, UsageError
from restorebench.bench.files.images import save_png
from restorebench.bench.models import program
from restorebench.bench.models.loading import load_model, open_model
from restorebench.bench.models.program import Program, program_words
from restorebench.bench.registry.specs import parse_spec
from restorebench.bench.runs.run import find_runs

IMAGE = photograph(0)
SCRIPT = """\
import sys
from pathlib import Path
from PIL import Image, ImageChops
given, made = map(Path, sys.argv[1:3])
with open(Path(sys.argv[0]).with_name("starts"), "a") as log:
    log.write("x")
files = sorted(given.iterdir()) if given.is_dir() else [given]
for file in files:
    ImageChops.invert(Image.open(file)).save(made / file.name if given.is_dir() else made)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "invert.py"
    path.write_text(SCRIPT)
    return path


@pytest.mark.parametrize("places", ["{input} {output}", "{input_dir} {output_dir}"])
def test_a_program_restores_exactly_what_it_writes(places: str, script: Path):
    model = load_model(f"cmd:{sys.executable} {script} {places}")
    restored = model.restore(IMAGE).image
    assert np.array_equal(np.round(restored * 255).astype(np.uint8), 255 - IMAGE)
    assert model.card.variant.startswith("program")


@pytest.mark.parametrize("places", ["{input} {output}", "{input_dir} {output_dir}"])
def test_an_ensemble_starts_it_for_every_turn_and_times_them_all(places: str, script: Path, tmp_path: Path):
    for side in ("input", "target"):
        save_png(tmp_path / "pairs" / side / "0.png", IMAGE)
    name = f"cmd:{sys.executable} {script} {places}[ensemble=x8]"
    arguments = ["run", "-m", name, "-d", f"paired={tmp_path / 'pairs'}", "-p", "rgb@1", "--out", str(tmp_path / "out")]
    assert main([*arguments, "--device", "cpu"]) == 0
    (run,) = find_runs(tmp_path / "out")
    starts = len(script.with_name("starts").read_text())
    assert starts == 8 + 8  # the first image is restored twice
    (record,) = run.records
    assert record.seconds is not None
    assert record.seconds > 8 * 0.005
    assert run.info.model.variant.endswith("ensemble x8")


@pytest.mark.parametrize(("places", "starts"), [("{input} {output}", 3 + 1), ("{input_dir} {output_dir}", 1 + 1)])
def test_a_run_starts_it_once_for_an_image_or_for_all_and_once_more_for_the_first_image(
    places: str, starts: int, script: Path, tmp_path: Path
):
    for index in range(3):
        for side in ("input", "target"):
            save_png(tmp_path / "pairs" / side / f"{index}.png", photograph(index))
    name = f"cmd:{sys.executable} {script} {places}"
    arguments = ["run", "-m", name, "-d", f"paired={tmp_path / 'pairs'}", "-p", "rgb@1", "--out", str(tmp_path / "out")]
    assert main([*arguments, "--device", "cpu"]) == 0
    (run,) = find_runs(tmp_path / "out")
    assert run.summary.images == 3
    assert len(script.with_name("starts").read_text()) == starts
    assert all(record.seconds is not None and record.seconds > 0.005 for record in run.records)
    assert "timed as a process" in run.info.model.notes[0]


def code(text: str) -> tuple[str, ...]:
    return sys.executable, "-c", text, "{input}", "{output}"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (code("import sys; print('no licence', file=sys.stderr); sys.exit(3)"), "exit code 3 and said: no licence"),
        (code("import os; os.kill(os.getpid(), 9)"), "was ended by SIGKILL and said nothing"),
        (code("pass"), "did not write the restored image; it wrote nothing"),
        (code("import sys; from PIL import Image; Image.new('RGB', (4, 5)).save(sys.argv[2])"), "wrote 4x5 pixels for"),
        (code("import sys; open(sys.argv[2], 'w').write('x')"), "cannot be used"),
    ],
)
def test_every_failure_is_one_sentence(words: tuple[str, ...], message: str):
    (made,), _ = Program(words, 60).restore([IMAGE])
    assert isinstance(made, RestorationError)
    assert message in str(made)
    assert "\n" not in str(made)


def test_a_program_that_hangs_is_ended_with_what_it_started():
    started = time.monotonic()
    words = ("sh", "-c", "sleep 60 & sleep 60", "{input}", "{output}")
    (made,), _ = Program(words, 0.3).restore([IMAGE])
    assert "was ended after 0.3 seconds" in str(made)
    assert time.monotonic() - started < 20


def test_what_was_written_before_a_failure_counts():
    text = (
        "import sys, shutil, pathlib; a, b = map(pathlib.Path, sys.argv[1:3]); "
        "shutil.copy(sorted(a.iterdir())[0], b); sys.exit(1)"
    )
    made, _ = Program((sys.executable, "-c", text, "{input_dir}", "{output_dir}"), 60).restore([IMAGE, IMAGE])
    assert isinstance(made[0], np.ndarray)
    assert isinstance(made[1], RestorationError)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cmd:", "names no program"),
        ("cmd:true", "does not say where images are read and written"),
        ("cmd:true {input}", "add {input} and {output}"),
        ("cmd:no-such-program {input} {output}", "There is no program no-such-program"),
        ("cmd:true 'x {input} {output}", "is not a command line"),
        ("cmd:true {input} {output}[timout=3]", r"did you mean timeout"),
        ("cmd:true {input} {output}[timeout=0]", "must be positive"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(name: str, message: str):
    with pytest.raises(UsageError, match=message):
        open_model(parse_spec(name))


def test_the_files_that_it_names_identify_it(script: Path):
    before = open_model(parse_spec(f"cmd:{sys.executable} {script} {{input}} {{output}}")).code
    script.write_text(SCRIPT + "# changed\n", encoding="utf-8")
    after = open_model(parse_spec(f"cmd:{sys.executable} {script} {{input}} {{output}}")).code
    assert list(before.files) == [str(script)]
    assert before != after


def test_backslashes_are_parts_of_paths_on_windows(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(program.shutil, "which", lambda name: name)
    monkeypatch.setattr(program.sys, "platform", "win32")
    text = r'C:\tools\restore.exe "--in=C:\my files\{input}" {output} # 1'
    assert program_words(text) == [r"C:\tools\restore.exe", r"--in=C:\my files\{input}", "{output}", "#", "1"]
    monkeypatch.setattr(program.sys, "platform", "linux")
    assert program_words(r"restore\ it '{input}' {output} #1") == ["restore it", "{input}", "{output}", "#1"]
