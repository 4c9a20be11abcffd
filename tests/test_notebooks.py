"""The notebooks in docs/ run from beginning to end, and what they show is what they promise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

NOTEBOOKS = sorted((Path(__file__).parent.parent / "docs" / "notebooks").glob("*.ipynb"))
EXECUTE = "import sys; from nbclient.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Each notebook with its outputs, by name, from a process of its own."""
    done: dict[str, Any] = {}
    for path in NOTEBOOKS:
        folder = tmp_path_factory.mktemp("notebook")
        copy = folder / path.name
        copy.write_bytes(path.read_bytes())
        command = [sys.executable, "-c", EXECUTE, "--inplace", "--timeout=300", str(copy)]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 -- a fixed command
        assert result.returncode == 0, result.stderr[-3000:]
        done[path.stem] = nbformat.read(copy, as_version=4)
    return done


def outputs(notebook: Any, source: str) -> dict[str, str]:
    """By type, of the cell that ends with a source."""
    cell = next(cell for cell in notebook.cells if cell.source.endswith(source))
    return {kind: text for output in cell.outputs for kind, text in output.get("data", {}).items()}


@pytest.mark.slow
def test_every_result_has_a_line_and_a_table(executed: dict[str, Any]) -> None:
    book = executed["results"]
    lines = {
        "dataset": "<Data set: Quickstart rain (v1), 7 pairs for deraining>",
        'get_protocol("rain13k@1")': "<Protocol: rain13k@1, ",
        "network": "<Restorer: nafnet-nano-derain, 288,691 parameters, fp32 on cpu>",
        "run": "<Run: nafnet-nano-derain on quickstart-rain by rain13k@1, 5 images, PSNR ",
        "comparison": "<Comparison: nafnet-nano-derain minus median on quickstart-rain by rain13k@1, 5 images, PSNR +",
        "other_model=True)": "<Verdict: ",
        "memory=False)": "<Cost: nafnet-nano-derain, 0.289 M parameters, ",
    }
    for source, line in lines.items():
        shown = outputs(book, source)
        assert shown["text/plain"].startswith(line), source
        assert "\n" not in shown["text/plain"]
        assert "<table" in shown["text/html"]
    for source in ("dataset", "\nrun"):
        assert "data:image/jpeg;base64," in outputs(book, source)["text/html"]


@pytest.mark.slow
def test_an_image_and_data_frames_are_shown(executed: dict[str, Any]) -> None:
    book = executed["results"]
    assert "image/png" in outputs(book, 'run.show("chelsea")')
    assert "dataframe" in outputs(book, "comparison.to_dataframe()")["text/html"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells if cell.cell_type == "code")
