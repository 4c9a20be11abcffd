"""The engine ray on a real cluster of two nodes on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.memory_dataset import photograph
from helpers.user_metric import FILE
from helpers.waiting import wait_until, when
from restorebench.bench.cli import main
from restorebench.bench.errors import ClusterError, UsageError
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.engines.cluster.engine import RayEngine
from restorebench.bench.evaluation.engines.local import LocalEngine
from restorebench.bench.evaluation.engines.options import ClusterOptions
from restorebench.bench.evaluation.matrix import run_matrix
from restorebench.bench.evaluation.options import RunOptions
from restorebench.bench.files.images import encode_png
from restorebench.bench.metrics.registry import known_facts
from restorebench.bench.runs.pictures import existing_picture
from restorebench.bench.runs.run import find_runs
from restorebench.bench.runs.shown_images import choose_images
from restorebench.bench.terminal.progress import Silent

ray = pytest.importorskip("ray")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # warnings inside Ray are not ours

IMAGES = 16
NODE = {"num_cpus": 2, "object_store_memory": 80 << 20, "include_dashboard": False}

# Every network knows its images by the red value of their first pixel, which is the image's number.
MODEL = """
import os, threading, time
from pathlib import Path
import torch
from torch import nn

HERE = Path(__file__).parent
(HERE / f"worker-{os.getpid()}").touch()


class Sharpen(nn.Module):
    def __init__(self, gated=(), killer=-1, sleeper=-1):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 3, 5, padding=2, padding_mode="reflect")
        self.gated, self.killer, self.sleeper = gated, killer, sleeper

    def forward(self, images):
        number = round(float(images[0, 0, 0, 0]) * 255)
        with (HERE / "seen.txt").open("a") as log:
            log.write(f"{number}\\n")
        if number == self.killer:
            os.kill(os.getpid(), 9)
        if number == self.sleeper:
            threading.Event().wait()
        if number in self.gated:
            (HERE / f"waiting-{os.getpid()}").touch()
            while not (HERE / "open").exists():
                time.sleep(0.01)
        return images + 0.1 * self.conv(images)


def plain(): return Sharpen()
def gated(): return Sharpen(gated=range(12, 16))  # until there is a file called "open"
def killer(): return Sharpen(killer=5)
def sleeper(): return Sharpen(sleeper=5)
"""


class Notes(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.titles: list[str] = []

    def note(self, message: str) -> None:
        self.said.append(message)

    def rename(self, title: str) -> None:
        self.titles.append(title)


def start_cluster() -> Any:
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        cluster = Cluster(initialize_head=True, head_node_args=NODE)
        cluster.add_node(**NODE)
    except (RuntimeError, OSError, TimeoutError) as error:  # no shared memory, no processes, ...
        pytest.skip(f"Ray cannot start a cluster here: {error}")
    return cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    running = start_cluster()
    yield running
    running.shutdown()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Pairs of images whose first pixel says their number."""
    for kind in ("input", "target"):
        folder = tmp_path / "data" / kind
        folder.mkdir(parents=True)
        for number in range(IMAGES):
            image = photograph(number + 100 * (kind == "target"))
            image[0, 0, 0] = number
            (folder / f"{number:02d}.png").write_bytes(encode_png(image))
    return tmp_path / "data"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model" / "mine.py"
    path.parent.mkdir()
    path.write_text(MODEL)
    return path


def options(model: Path, attributes: str, data: Path, out: Path) -> RunOptions:
    models = tuple(f"{model}:{attribute}" for attribute in attributes.split())
    return RunOptions(models, (f"paired={data}",), out=str(out), device="cpu")


def run_ray(cluster: Any, told: RunOptions, notes: Silent | None = None, **settings: Any) -> int:
    cluster_options = ClusterOptions(**({"address": cluster.address, "cpus_per_worker": 1} | settings))
    with RayEngine(cluster_options) as engine:
        return run_matrix(told, Control(save_images="all", progress=notes or Silent()), engine).exit_code


def run_here(told: RunOptions) -> None:
    run_matrix(told, Control(save_images="all"), LocalEngine())


def content(out: Path) -> dict[str, object]:
    """Records without their times, and pictures."""
    found: dict[str, object] = {}
    for path in sorted(out.rglob("scores.jsonl")):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        found[path.relative_to(out).as_posix()] = [line | {"seconds": None} for line in lines]
    found |= {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.png")}
    return found


def recorded(out: Path) -> int:
    return sum(path.read_text().count("\n") for path in out.rglob("scores.jsonl"))


def waiting(model: Path) -> list[int]:
    """Processes that have come to an image that waits until its gate is opened."""
    return [int(path.name.partition("-")[2]) for path in model.parent.glob("waiting-*")]


def open_gate(model: Path) -> None:
    (model.parent / "open").touch()


def worker_pids(model: Path) -> list[int]:
    alive = [int(path.name.partition("-")[2]) for path in model.parent.glob("worker-*")]
    return [pid for pid in alive if pid != os.getpid() and Path(f"/proc/{pid}").exists()]


def test_records_and_pictures_are_those_of_one_process(cluster: Any, model: Path, data: Path, tmp_path: Path):
    told = options(model, "plain", data, tmp_path / "ray")
    told = replace(told, models=(*told.models, "unsharp"))
    assert run_ray(cluster, told) == 0
    run_here(replace(told, out=str(tmp_path / "local")))
    assert content(tmp_path / "ray") == content(tmp_path / "local")
    assert len(content(tmp_path / "ray")) == 2 * (1 + IMAGES) + 2 * IMAGES  # journals, restored, degraded and target


def test_pictures_chosen_over_all_models_are_kept_as_in_one_process(
    cluster: Any, model: Path, data: Path, tmp_path: Path
):
    told = options(model, "plain", data, tmp_path / "ray")
    told = replace(told, models=(*told.models, "unsharp", "identity"))
    with RayEngine(ClusterOptions(address=cluster.address, cpus_per_worker=1)) as engine:
        assert run_matrix(told, Control(), engine).exit_code == 0
    run_matrix(replace(told, out=str(tmp_path / "local")), Control(), LocalEngine())
    assert content(tmp_path / "ray") == content(tmp_path / "local")
    chosen = choose_images(find_runs(tmp_path / "ray"), known_facts("psnr")).keys
    assert all(existing_picture(run.restored_folder, key) for run in find_runs(tmp_path / "ray") for key in chosen)


def test_a_metric_of_ones_own_is_measured_as_in_one_process(cluster: Any, data: Path, tmp_path: Path):
    file = tmp_path / "metric" / "mine.py"
    file.parent.mkdir()
    file.write_text(FILE)
    told = RunOptions(("identity",), (f"paired={data}",), metrics=(f"{file}:MAE",), device="cpu")
    assert run_ray(cluster, replace(told, out=str(tmp_path / "ray"))) == 0
    run_here(replace(told, out=str(tmp_path / "local")))
    assert content(tmp_path / "ray") == content(tmp_path / "local")
    (run,) = find_runs(tmp_path / "ray")
    assert run.summary.metrics["grey-mae"].n == IMAGES


def test_several_protocols_are_those_of_one_process_also_where_one_joins_later(
    cluster: Any, model: Path, data: Path, tmp_path: Path
):
    told = replace(options(model, "plain", data, tmp_path / "ray"), protocols=("rgb@1", "y@1"))
    assert run_ray(cluster, told) == 0
    run_here(replace(told, out=str(tmp_path / "local")))
    assert content(tmp_path / "ray") == content(tmp_path / "local")
    for joining in ("basicsr@1", "rain100h@1"):  # on the kept images, and on images that are restored again
        told = replace(told, protocols=(*told.protocols, joining))
        notes = Notes()
        assert run_ray(cluster, told, notes) == 0
        assert any(joining in said and ("kept" in said or "restored again" in said) for said in notes.said)
    run_here(replace(told, out=str(tmp_path / "local")))
    assert content(tmp_path / "ray") == content(tmp_path / "local")


def test_a_run_that_is_finished_here_goes_on_there_and_the_other_way_round(
    cluster: Any, model: Path, data: Path, tmp_path: Path
):
    told = options(model, "plain", data, tmp_path / "mixed")
    run_matrix(told, Control(limit=5, save_images="all"))
    notes = Notes()
    assert run_ray(cluster, told, notes) == 0
    seen = (model.parent / "seen.txt").read_text().splitlines()
    assert sorted(map(int, seen)) == [0, *range(IMAGES)]  # none was done twice, but the first for its preflight
    run_here(replace(told, out=str(tmp_path / "local")))
    assert content(tmp_path / "mixed") == content(tmp_path / "local")
    assert any(title.startswith("1 cell on ") for title in notes.titles)


def test_kill_9_of_a_worker_costs_its_images_a_retry(cluster: Any, model: Path, data: Path, tmp_path: Path):
    told = options(model, "gated", data, tmp_path / "ray")
    notes = Notes()
    killed: list[int] = []

    def kill() -> None:
        killed.append(waiting(model)[0])  # not one that has nothing to do
        os.kill(killed[0], signal.SIGKILL)
        open_gate(model)

    thread = when(lambda: recorded(tmp_path / "ray") >= 2 and waiting(model), kill)
    assert run_ray(cluster, told, notes) == 0
    thread.join()
    assert killed
    assert any("was lost" in said and "wait again" in said for said in notes.said)
    run_here(replace(told, out=str(tmp_path / "local")))
    assert content(tmp_path / "ray") == content(tmp_path / "local")


def test_an_image_that_kills_its_workers_is_recorded_as_failed(cluster: Any, model: Path, data: Path, tmp_path: Path):
    told = options(model, "killer", data, tmp_path / "ray")
    assert run_ray(cluster, told) == 1
    (lines,) = [value for name, value in content(tmp_path / "ray").items() if name.endswith("jsonl")]
    assert isinstance(lines, list)
    assert [line["key"] for line in lines] == [f"{number:02d}" for number in range(IMAGES)]
    assert [line["key"] for line in lines if line["status"] == "failed"] == ["05"]
    assert "repeatedly losing workers" in lines[5]["reason"]
    assert lines[5]["metrics"] == {"rgb@1": {"psnr": None, "ssim": None, "lpips": None}}
    assert (model.parent / "seen.txt").read_text().splitlines().count("5") == 2


def test_a_hung_image_is_recorded_as_failed(cluster: Any, model: Path, data: Path, tmp_path: Path):
    told = options(model, "sleeper", data, tmp_path / "ray")
    assert run_ray(cluster, told, image_timeout=10.0) == 1
    (lines,) = [value for name, value in content(tmp_path / "ray").items() if name.endswith("jsonl")]
    assert isinstance(lines, list)
    assert [line["key"] for line in lines if line["status"] == "failed"] == ["05"]
    assert "no image was finished in 10 s" in lines[5]["reason"]


def test_kill_9_of_the_driver_loses_no_record(cluster: Any, model: Path, data: Path, tmp_path: Path):
    out = tmp_path / "ray"
    program = "import sys; from restorebench.bench.cli import main; sys.exit(main())"
    arguments = ["run", "-m", f"{model}:gated", "-d", f"paired={data}", "--out", str(out), "--device", "cpu"]
    cluster_arguments = ["--engine", "ray", "--address", cluster.address, "--cpus-per-worker", "1"]
    command = [sys.executable, "-c", program, *arguments, *cluster_arguments, "--save-images", "all"]
    driver = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 -- our own
    try:
        wait_until(lambda: recorded(out) >= 3)
    finally:
        driver.kill()
        driver.wait()
    before = recorded(out)
    assert before < IMAGES
    pids = worker_pids(model)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))  # Ray ends its workers
    open_gate(model)
    begun = len((model.parent / "seen.txt").read_text().splitlines())
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603 -- our own
    again = len((model.parent / "seen.txt").read_text().splitlines()) - begun
    assert again == IMAGES - before
    told = options(model, "gated", data, tmp_path / "local")
    run_here(told)
    assert content(out) == content(tmp_path / "local")


def test_what_does_not_fit_is_said_in_one_sentence(cluster: Any, model: Path, data: Path, tmp_path: Path):
    told = options(model, "plain", data, tmp_path / "ray")
    with pytest.raises(UsageError, match="no GPU"):
        run_ray(cluster, replace(told, device="cuda"))
    with pytest.raises(UsageError, match="cuda:1"):
        run_ray(cluster, replace(told, device="cuda:1"))
    with pytest.raises(ClusterError, match="64 cores"):
        run_ray(cluster, told, cpus_per_worker=64)
    assert not (tmp_path / "ray").exists()


DATASET = """
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from restorebench.bench.contracts import DatasetCard, DatasetReport, ImagePair
from restorebench.bench.files.images import FileImage
from restorebench.bench.datasets import register_dataset

CARD = DatasetCard("own", "Own", "deraining", None, "rgb@1", ("own",), "", "", "")


@dataclass(frozen=True)
class OwnImage:
    file: FileImage
    name: str = "own"
    size_bytes: int = 1

    def read(self): return self.file.read()


class Own(list):
    card, variant, report = CARD, "", DatasetReport("own", "", 3, None, "own", "listing")


@register_dataset(CARD)
def own(root):
    def image(kind, name): return OwnImage(FileImage(root.resolve() / kind / name))
    return Own(ImagePair(n, image("input", f"{n}.png"), image("target", f"{n}.png")) for n in ("00", "01", "02"))
"""


def test_a_data_set_in_a_file_of_ones_own_with_images_of_its_own_kind(
    cluster: Any, model: Path, data: Path, tmp_path: Path
):
    file = tmp_path / "own.py"
    file.write_text(DATASET)
    told = replace(options(model, "plain", data, tmp_path / "ray"), datasets=(f"{file}:own={data}",))
    assert run_ray(cluster, told) == 0
    assert recorded(tmp_path / "ray") == 3


def test_kill_9_of_a_raylet_moves_its_images_to_the_other_node(model: Path, data: Path, tmp_path: Path):
    told = options(model, "gated", data, tmp_path / "ray")

    def kill() -> None:
        raylet.kill()
        open_gate(model)

    cluster = start_cluster()  # of its own: a node is lost
    try:
        raylet = cluster.list_all_nodes()[-1].all_processes["raylet"][0].process
        thread = when(lambda: recorded(tmp_path / "ray") >= 2 and len(waiting(model)) == 4, kill)  # on both nodes
        assert run_ray(cluster, told) == 0
        thread.join()
        assert raylet.poll() is not None
    finally:
        cluster.shutdown()
    run_here(replace(told, out=str(tmp_path / "local")))
    assert content(tmp_path / "ray") == content(tmp_path / "local")


def test_costs_are_measured_on_reserved_cores(
    cluster: Any, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(model.parent)  # which is no worker's folder
    arguments = ["profile", "-m", "./mine.py:plain", "--size", "32x32", "--macs-only", "--out", str(tmp_path), "--json"]
    assert main([*arguments, "--engine", "ray", "--address", cluster.address]) == 0
    (cost,) = json.loads(capsys.readouterr().out)
    assert cost["model"] == "./mine.py:plain"
    assert main([*arguments, "--engine", "ray", "--address", cluster.address, "--device", "cuda"]) == 2
    assert "no GPU" in capsys.readouterr().err
