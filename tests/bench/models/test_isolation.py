from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from restorebench.bench.machine.float_precision import float_precision
from restorebench.bench.models.isolation import isolated, seeded

CHANGES: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
    "torch's default dtype": (lambda: torch.set_default_dtype(torch.float64), torch.get_default_dtype),
    "torch's default device": (lambda: torch.set_default_device("meta"), torch.get_default_device),
    "torch's gradient mode": (lambda: torch.set_grad_enabled(mode=False), torch.is_grad_enabled),
    "torch's deterministic algorithms": (
        lambda: torch.use_deterministic_algorithms(mode=True),
        torch.get_deterministic_debug_mode,
    ),
    "torch's threads": (lambda: torch.set_num_threads(torch.get_num_threads() + 1), torch.get_num_threads),
    "torch.backends.cudnn.benchmark": (
        lambda: setattr(torch.backends.cudnn, "benchmark", True),
        lambda: torch.backends.cudnn.benchmark,
    ),
    "the working directory": (lambda: os.chdir("/"), Path.cwd),
    "the warnings filters": (lambda: warnings.simplefilter("ignore"), lambda: list(warnings.filters)),
    "the signal handlers": (
        lambda: signal.signal(signal.SIGINT, lambda *_: None),
        lambda: signal.getsignal(signal.SIGINT),
    ),
    "numpy's error handling": (lambda: np.seterr(all="raise"), np.geterr),
    "the recursion limit": (lambda: sys.setrecursionlimit(4321), sys.getrecursionlimit),
    "sys.stderr": (lambda: setattr(sys, "stderr", None), lambda: sys.stderr),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_a_setting_is_put_back_and_named(name: str):
    change, read = CHANGES[name]
    before = read()
    with isolated() as changes:
        change()
        inside = read()
    assert inside != before
    assert read() == before
    assert name in changes.names


@pytest.mark.parametrize("name", list(CHANGES))
def test_it_is_put_back_after_an_error_too(name: str):
    change, read = CHANGES[name]
    before = read()

    def fail() -> None:
        with isolated():
            change()
            raise SystemExit(3)

    with pytest.raises(SystemExit):
        fail()
    assert read() == before


PRECISIONS: dict[str, Callable[[], object]] = {
    "matmul, new": lambda: setattr(torch.backends.cuda.matmul, "fp32_precision", "tf32"),
    "everything, new": lambda: setattr(torch.backends, "fp32_precision", "tf32"),
    "conv, new": lambda: setattr(torch.backends.cudnn.conv, "fp32_precision", "ieee"),  # pyright: ignore[reportAttributeAccessIssue] -- not in the stub
    "cpu, new": lambda: setattr(torch.backends.mkldnn.matmul, "fp32_precision", "bf16"),  # pyright: ignore[reportAttributeAccessIssue] -- not in the stub
    "matmul, old": lambda: setattr(torch.backends.cuda.matmul, "allow_tf32", True),
    "conv, old": lambda: setattr(torch.backends.cudnn, "allow_tf32", False),
    "named, old": lambda: torch.set_float32_matmul_precision("medium"),
}


@pytest.mark.skipif(not hasattr(torch.backends, "fp32_precision"), reason="torch before 2.9 has the old switches only")
@pytest.mark.parametrize("name", list(PRECISIONS))
def test_float_precision_is_put_back_whichever_switch_was_used(name: str):
    before = float_precision()
    with isolated() as changes:
        PRECISIONS[name]()
        assert float_precision() != before
    assert float_precision() == before
    assert "torch's float32 precision (TF32)" in changes.names
    assert torch.get_float32_matmul_precision() == before.matmul  # does not raise


DRAWS: dict[str, Callable[[], object]] = {
    "torch": lambda: torch.rand(1),
    "numpy": np.random.rand,
    "random": random.random,
}


@pytest.mark.parametrize("source", list(DRAWS))
def test_random_generators_are_seeded_watched_and_put_back(source: str):
    def drawn() -> object:
        with seeded(7) as used:
            value = DRAWS[source]()
        assert used == [source]
        return value

    with isolated():
        expected = DRAWS[source]()
        assert drawn() == drawn()
    assert DRAWS[source]() == expected  # nothing of it moved the generator


def test_what_a_file_left_behind_is_there_when_its_network_is_built():
    with isolated() as changes:
        torch.manual_seed(5)
        expected = torch.rand(1)
        torch.manual_seed(5)
        torch.set_default_dtype(torch.float64)
    with isolated(changes.values):
        assert torch.get_default_dtype() == torch.float64
        assert torch.rand(1, dtype=torch.float32) == expected
    assert torch.get_default_dtype() == torch.float32


PRINTING = """
import ctypes, os, subprocess, sys
from restorebench.bench.models.isolation import isolated
print("result 1")
with isolated():
    print("printed")
    os.write(1, b"written\\n")
    subprocess.run(["echo", "echoed"], check=True)
    ctypes.CDLL(None).printf(b"by C\\n")
print("result 2")
"""

FORKING = """
import os, sys
from restorebench.bench.models.isolation import isolated
with isolated():
    child = os.fork()
print(f"only the parent is here, its child ended with {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 -- this program


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX descriptors")
def test_nothing_that_is_printed_reaches_standard_output():
    done = run(PRINTING)
    assert done.stdout == "result 1\nresult 2\n"
    for said in ("printed", "written", "echoed", "by C"):
        assert said in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_does_not_go_on():
    assert run(FORKING).stdout == "only the parent is here, its child ended with 70\n"


@pytest.mark.parametrize("change", ["meta", "cpu", None])
def test_the_default_device_can_be_asked_for_afterwards(change: str | None):
    for _ in range(2):
        with isolated():
            torch.set_default_device(change)
        assert torch.get_default_device() == torch.device("cpu")
    torch.set_default_device(None)
    with isolated() as changes:
        pass
    assert changes.names == ()
