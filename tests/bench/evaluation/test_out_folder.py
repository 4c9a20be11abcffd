"""What becomes of a run whose folder is not where it was: the model went elsewhere, or somebody deleted it."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from restorebench.bench.cli import main
from restorebench.bench.files.images import save_png

PLACES = {
    "when it is imported": "import os\nos.chdir({elsewhere!r})\ndef build():\n    return lambda x: x\n",
    "when it is built": "import os\ndef build():\n    os.chdir({elsewhere!r})\n    return lambda x: x\n",
    "with each image": (
        "import os\n"
        "def build():\n"
        "    def restore(x):\n"
        "        os.chdir({elsewhere!r})\n"
        "        return x\n"
        "    return restore\n"
    ),
    "behind the engine's back": (
        "import os, threading, time\n"
        "def build():\n"
        "    def wander():\n"
        "        while os.path.exists({elsewhere!r} + '/wander'):\n"
        "            os.chdir({elsewhere!r})\n"
        "            time.sleep(0.0002)\n"
        "    threading.Thread(target=wander, name='wanderer').start()\n"
        "    time.sleep(0.1)\n"
        "    return lambda x: x\n"
    ),
}
DELETING = (
    "import os, shutil\n"
    "def build():\n"
    "    seen = []\n"
    "    def restore(x):\n"
    "        seen.append(1)\n"
    "        if len(seen) == 4:\n"
    "            {call}\n"
    "        return x\n"
    "    return restore\n"
)


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a small data set."""
    generator = np.random.default_rng(0)
    for index in range(8):
        for side in ("input", "target"):
            image = generator.integers(0, 256, (24, 24, 3), dtype=np.uint8)
            save_png(tmp_path / "here" / "data" / side / f"{index}.png", image)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


RUN = ["run", "-d", "paired=data", "-p", "rgb", "--out", "out"]


@pytest.mark.parametrize("when", list(PLACES))
def test_a_model_may_go_to_another_directory(workplace: Path, when: str):
    elsewhere = workplace.parent / "elsewhere"
    (workplace / "mine.py").write_text(PLACES[when].format(elsewhere=str(elsewhere)))
    (elsewhere / "wander").touch()
    try:
        assert main([*RUN, "-m", "./mine.py:build", "--save-images", "all"]) == 0
    finally:
        (elsewhere / "wander").unlink()
        for thread in (thread for thread in threading.enumerate() if thread.name == "wanderer"):
            thread.join()
    folder = workplace / "out" / "paired" / "mine.py-build"
    assert len((folder / "scores.jsonl").read_text().splitlines()) == 8
    assert len(list((folder / "restored").glob("*.png"))) == 8
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize("keep", ["all", "none"])
@pytest.mark.parametrize("action", ["delete", "move"])
def test_a_folder_that_is_deleted_meanwhile_ends_the_run_in_a_sentence(
    workplace: Path, action: str, keep: str, capsys: pytest.CaptureFixture[str]
):
    out = workplace / "out"
    delete = f"shutil.rmtree({str(out)!r}, onerror=lambda *_: shutil.rmtree({str(out)!r}, True))"
    move = f"os.rename({str(out)!r}, {str(out.with_name('gone'))!r})"
    call = delete if action == "delete" else move
    (workplace / "mine.py").write_text(DELETING.format(call=call))
    assert main([*RUN, "-m", "./mine.py:build", "--save-images", keep]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert f"{out / 'paired' / 'mine.py-build'} was deleted or moved while it was being written" in said
    assert "run the same command again" in said
    assert not list(out.rglob("*.jsonl"))
