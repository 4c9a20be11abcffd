from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from restorebench.bench.errors import UsageError
from restorebench.bench.machine.gpu_locks import gpu_name, hold_alone, share


def say_nothing(_message: str) -> None:
    """Nobody waits."""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))


def test_evaluations_share_a_gpu_and_a_measurement_has_it_alone():
    with share("GPU-1", say_nothing), share("GPU-1", say_nothing):
        with pytest.raises(UsageError, match="only be measured on an idle one"), hold_alone("GPU-1"):
            pass
        with hold_alone("GPU-2"):
            pass
    with hold_alone("GPU-1"), pytest.raises(UsageError, match="idle"), hold_alone("GPU-1"):
        pass


def test_an_evaluation_waits_for_a_measurement_and_says_so():
    said: list[str] = []
    waits, had = threading.Event(), threading.Event()

    def note(message: str) -> None:
        said.append(message)
        waits.set()

    def evaluate() -> None:
        with share("GPU-1", note):
            had.set()

    with hold_alone("GPU-1"):
        thread = threading.Thread(target=evaluate)
        thread.start()
        assert waits.wait(60)
        assert not had.is_set()
    thread.join()
    assert had.is_set()
    assert said == ["Waiting for the GPU: another process is measuring latency on it."]


def test_the_lock_of_a_killed_process_is_free():
    code = (
        "import sys, tempfile\n"
        "tempfile.tempdir = sys.argv[1]\n"
        "from restorebench.bench.machine.gpu_locks import share\n"
        "with share('GPU-1', print):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, tempfile.gettempdir()]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 -- our own
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(UsageError), hold_alone("GPU-1"):
        pass
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    with hold_alone("GPU-1"):
        pass


def test_the_lock_file_of_another_user_is_not_created_anew(monkeypatch: pytest.MonkeyPatch):
    with share("GPU-1", say_nothing):
        pass
    plain = Path.open

    def protected(path: Path, mode: str) -> object:  # as Linux does with fs.protected_regular, which is usual
        if "r" not in mode and path.exists():
            raise PermissionError
        return plain(path, mode)

    monkeypatch.setattr(Path, "open", protected)
    with hold_alone("GPU-1"), pytest.raises(UsageError), hold_alone("GPU-1"):
        pass


def test_a_cpu_is_not_locked():
    assert gpu_name("cpu") is None
    assert gpu_name(None) is None
    assert gpu_name("cuda:99") is None
    with hold_alone(None), hold_alone(None):
        pass
