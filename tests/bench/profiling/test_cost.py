from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from restorebench.baselines.published_costs import PUBLISHED_COSTS, PublishedCost
from restorebench.bench import Cost, load_model, profile
from restorebench.bench.contracts import InferenceSettings, ModelCard
from restorebench.bench.errors import UsageError
from restorebench.bench.models.inference import Restorer
from restorebench.bench.profiling.cost import MeasuredVariant, Variant, cost_path, exponent
from restorebench.bench.profiling.latency.measurement import Failure
from restorebench.bench.profiling.latency.timing import Rules, Timing
from restorebench.bench.profiling.macs.blueprint import parameters_on_meta
from restorebench.bench.profiling.macs.count import count_macs
from restorebench.bench.profiling.macs.published import EXPLAINED, compare_published
from restorebench.bench.profiling.macs.records import CONVENTIONS, MacCount
from restorebench.bench.profiling.macs.tree import draw_plot, module_tree, tree_lines
from restorebench.bench.profiling.memory.peaks import CpuMemory
from restorebench.bench.profiling.profiled_model import open_profiled_model
from restorebench.bench.profiling.profiler import Request, profile_all
from restorebench.bench.profiling.sweep import energy_per_call, scaling_of, variants
from restorebench.reports.tables.costs import read_cost
from torch import Tensor, nn

QUICK = Rules(seconds=0.3, warmup_seconds=0.2, minimum=3)


def timing(median: float, *doubts: str) -> Timing:
    return Timing(median, median, median, median, 0.0, 0, median, (median,), 3, median, median, doubts)


# --- the record


def test_the_record_is_what_tables_read(tmp_path: Path):
    cost = profile("nafnet-nano", sizes=[(64, 64), (64, 96)], latency=False, memory=False, out=tmp_path)
    path = cost_path(tmp_path, "nafnet-nano")
    assert path == tmp_path / "cost" / "nafnet-nano.json"
    read = read_cost(path)
    assert read.params == cost.params > 0
    assert read.macs == cost.macs
    assert list(read.macs)[:3] == ["all, 64x64", "conv+linear+matmul, 64x64", "conv, 64x64"]
    assert read.macs["conv, 64x96"] == pytest.approx(1.5 * read.macs["conv, 64x64"], rel=1e-3)
    raw = json.loads(path.read_text())
    assert raw["schema_version"] == 1
    assert raw["weights"] == "random"
    assert raw["environment"]["packages"]["torch"]
    assert raw["counts"][0]["operators"][0]["name"] == "aten::convolution"
    assert set(raw["method"]) == {"macs", "latency", "memory"}


def test_time_and_memory_are_in_it(tmp_path: Path):
    cost = profile("nafnet-nano", sizes=[(64, 64), (128, 128)], rules=QUICK, out=tmp_path)
    raw = json.loads(cost_path(tmp_path, "nafnet-nano").read_text())
    assert [cell["variant"]["height"] for cell in raw["cells"]] == [64, 128]
    for cell in cost.cells:
        assert isinstance(cell.time, Timing)
        assert 0 < cell.time.p5 <= cell.time.median <= cell.time.p95 <= cell.time.slowest < 5
        assert isinstance(cell.memory, CpuMemory)
    assert cost.hardware is not None
    assert cost.hardware.cpu.threads == torch.get_num_threads()
    larger, smaller = (cell.memory.growth for cell in reversed(cost.cells) if isinstance(cell.memory, CpuMemory))
    assert larger > 2 * smaller
    assert cost.scaling[0].of == "fp32"
    assert cost.memory == {"CPU growth, 64x64, fp32": smaller, "CPU growth, 128x128, fp32": larger}
    assert read_cost(cost_path(tmp_path, "nafnet-nano")).memory == cost.memory


def made_of(*cells: MeasuredVariant) -> Cost:
    cost = profile("identity", latency=False, memory=False)
    from dataclasses import replace

    return replace(cost, cells=cells)


def test_unstable_times_stay_out_of_tables():
    variant = Variant(64, 64)
    cost = made_of(
        MeasuredVariant(variant, "cpu", timing(0.5, "drift")),
        MeasuredVariant(Variant(64, 64, precision="bf16"), "cpu", timing(0.25)),
        MeasuredVariant(Variant(64, 64, 8), "cpu", Failure("no", out_of_memory=True)),
    )
    assert cost.latency == {"64x64, bf16, cpu": 0.25}
    assert [cell.images_per_second for cell in cost.cells] == [None, 4.0, None]
    assert [cell.broken for cell in cost.cells] == [False, False, False]
    assert MeasuredVariant(variant, "cpu", Failure("a kernel is missing")).broken


def test_lower_bounds_are_marked_where_tables_show_them():
    assert "all, 256x256 (lower bound)" in profile("median", latency=False, memory=False).macs


def test_scaling_is_fitted_within_groups():
    cells = [
        MeasuredVariant(
            Variant(side, side, batch), "cpu", timing(1e-6 * batch * side**3), memory=CpuMemory(side**2, 0, 0)
        )
        for batch in (1, 2)
        for side in (64, 128, 256)
    ]
    found = scaling_of(cells)
    assert [scaling.of for scaling in found] == ["fp32", "batch 2, fp32"]
    for scaling in found:
        assert scaling.time == pytest.approx(1.5)
        assert scaling.memory == pytest.approx(1.0)
    assert scaling_of(cells[:1]) == ()
    assert scaling_of([MeasuredVariant(Variant(side, side), "cpu", timing(0.1, "drift")) for side in (64, 128)]) == ()
    assert exponent([(1, 0), (2, 5)]) is None


def test_every_combination_is_a_variant():
    found = variants([(64, 64)], [1, 2], ["fp32", "bf16"], channels_last=True, compiled=True)
    assert len(found) == len(set(found)) == 16
    assert found[-1].label == "64x64, batch 2, bf16, channels last, compiled"


# --- measuring


class Sleepy(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] > 64 and not x.is_meta:
            raise MemoryError
        if x.dtype == torch.bfloat16 or torch.is_autocast_enabled("cpu"):
            raise NotImplementedError("no kernel for BFloat16\nlong explanation")
        return x


def test_cells_that_fail_say_so_and_nothing_shrinks():
    card = ModelCard("sleepy", "Sleepy", "restoration", needs_weights=False)
    request = Request(variants([(64, 64), (128, 128)], [1], ["fp32", "bf16"]), threads=1, rules=QUICK, memory=False)
    subjects = [open_profiled_model(Restorer(Sleepy(), card)), open_profiled_model("identity")]
    sleepy, identity = profile_all(subjects, request)
    times = [cell.time for cell in sleepy.cells]
    assert isinstance(times[0], Timing)
    assert times[1] == Failure("no kernel for BFloat16")
    assert all(isinstance(time, Failure) and time.out_of_memory for time in times[2:])
    assert all(isinstance(cell.time, Timing) for cell in identity.cells)


def test_a_restorer_of_ones_own_is_profiled_and_left_alone():
    restorer = load_model("identity")
    network = restorer.network
    cost = profile(restorer, sizes=[(32, 32)], rules=QUICK)
    assert cost.model == "identity"
    assert cost.cells[0].memory is None  # no other process has this network
    assert restorer.network is network


def test_a_model_file_is_profiled_with_its_commit(tmp_path: Path):
    path = tmp_path / "mine.py"
    path.write_text("from torch import nn\nnetwork = nn.Conv2d(3, 3, 3, padding=1, bias=False)\n")
    name = f"{path}:network"
    cost = profile(name, sizes=[(16, 16)], latency=False, memory=False)
    assert cost.macs["conv, 16x16"] == 16 * 16 * 81
    assert cost.params == 81
    assert cost.model_commit == ""
    for words in (
        ["init", "-q"],
        ["add", "mine.py"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)  # noqa: S603, S607 -- fixed arguments
    again = profile(name, sizes=[(16, 16)], latency=False, memory=False)
    assert re.fullmatch(r"[0-9a-f]{7,}", again.model_commit)
    path.write_text(path.read_text() + "\n")
    assert profile(name, sizes=[(16, 16)], latency=False, memory=False).model_commit.endswith("-dirty")
    from restorebench.bench.models.entries import MODELS

    open_profiled_model(name).on(InferenceSettings())
    own = MODELS.get(name).build().weight
    assert not own.is_meta  # the user's own network is as it was
    assert own.requires_grad


def test_weights_are_loaded_where_they_are_given(tmp_path: Path):
    torch.save(load_any().state_dict(), tmp_path / "nano.pth")
    subject = open_profiled_model(f"nafnet-nano={tmp_path / 'nano.pth'}")
    assert re.fullmatch(r"[0-9a-f]{64}", subject.weights)
    assert torch.equal(
        subject.network().state_dict()["intro.weight"], torch.load(tmp_path / "nano.pth")["intro.weight"]
    )


def load_any() -> nn.Module:
    from restorebench.bench.models.entries import MODELS

    return MODELS.get("nafnet-nano").build()


def test_random_weights_are_the_same_each_time_and_leave_the_generator_alone():
    state = torch.get_rng_state()
    first, second = (open_profiled_model("nafnet-nano").network().state_dict()["intro.weight"] for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request(variants([(64, 64)], [1], ["tf32"])), "tf32 exists on CUDA devices only"),
        (Request(variants([(64, 64)], [0])), "batches must be at least 1"),
        (Request(()), "No size was given"),
        (Request(variants([(64, 64)]), device="toaster"), "There is no device 'toaster'"),
    ],
)
def test_what_cannot_be_measured_is_refused_first(request_: Request, words: str):
    with pytest.raises(UsageError, match=words):
        profile_all([], request_)


def test_energy_is_that_of_continuous_calls():
    now = [0.0]

    class Counter:
        def joules(self) -> float:
            return 1000 + 300 * now[0]  # 300 W

    def work() -> None:
        now[0] += 0.1

    joules = energy_per_call(work, Counter(), lambda: None, clock=lambda: now[0])  # pyright: ignore[reportArgumentType]
    assert joules == pytest.approx(30.0)
    assert now[0] >= 2.0


# --- published figures


@cache
def counted(model: str) -> MacCount:
    subject = open_profiled_model(model)
    with parameters_on_meta():
        network = subject.network()
    return count_macs(network, subject.card)


@pytest.mark.parametrize("row", PUBLISHED_COSTS, ids=lambda row: f"{row.model}-{row.gmacs:g}")
def test_a_published_figure_is_given_by_its_convention_or_unexplained(row: PublishedCost):
    found = compare_published(row.gmacs * 1e9, counted(row.model), row.convention, per_step=row.per_step)
    assert found.explained == (row.convention is not None)


COUNTED_BY_OTHERS = """
fftformer             131.42   conv
stripformer           154.69   conv+linear+matmul
stripformer           170.02   conv+linear, transposed at output
restormer             140.99   conv
prenet                66.249   conv+linear+matmul
prenet_r              66.249   conv+linear+matmul
prn                   37.258   conv+linear+matmul
prn_r                 37.258   conv+linear+matmul
irsde-derain,step     379.303  conv
irsde-derain,step     380.742  conv+linear+matmul
refusion,step         63.177   conv+linear+matmul
"""
"""What fvcore, thop and ptflops count on the official code, in GMACs at 256x256; of a sampler, one step."""


@pytest.mark.parametrize("line", COUNTED_BY_OTHERS.strip().splitlines(), ids=lambda line: "-".join(line.split()[:2]))
def test_other_counters_give_the_same_on_the_official_code(line: str):
    convention: Any
    name, gmacs, convention = line.split(maxsplit=2)
    limit = EXPLAINED if convention.endswith("at output") else 1e-4  # thop also counts normalisations
    model, _, step = name.partition(",")
    assert convention in CONVENTIONS
    found = compare_published(float(gmacs) * 1e9, counted(model), convention, per_step=bool(step))
    assert abs(found.difference) <= limit


# --- trees


class Outer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1, bias=False), nn.ReLU())
        self.second = nn.Conv2d(3, 3, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x)) * 2


def test_the_tree_holds_every_mac_where_it_is_made(tmp_path: Path):
    counted = count_macs(Outer(), ModelCard("o", "O", "restoration"), (10, 10))
    root = module_tree(counted, "outer")
    pixels = 300
    assert root.macs == counted.total() == 100 * 81 + pixels / 2 + 100 * 9 + pixels / 2
    assert root.own == pixels / 2  # the product, which no module holds
    assert root.children["first"].children["1"].macs == pixels / 2
    assert root.all_params == 81 + 9
    lines = tree_lines(root, depth=2)
    assert [line.split("(")[0].strip() for line in lines] == ["outer", "├─ first", "│  ├─ 0", "│  └─ 1", "└─ second"]
    assert re.search(r"outer \(Outer\) +100\.0% +0\.000 G +0\.000 M", lines[0])
    assert len(tree_lines(root, depth=0)) == 1
    for name in ("plot.png", "plot.svg"):
        draw_plot(counted, "outer", tmp_path / name)
    assert "<!-- first -->" in (tmp_path / "plot.svg").read_text()
    assert (tmp_path / "plot.png").read_bytes()[:4] == b"\x89PNG"
