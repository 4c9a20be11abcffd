from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.optional import known
from restorebench.bench.errors import RunLockedError
from restorebench.bench.files.folder_lock import HOLDER_FILE, hold

HOLD = """
import sys
from pathlib import Path
from restorebench.bench.files.folder_lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holding(folder: Path) -> subprocess.Popen[bytes]:
    """Another process that holds the folder until it is killed or its input ends."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 -- our own
    assert known(process.stdout).readline() == b"held\n"
    return process


def test_the_second_is_told_who_holds_the_folder(tmp_path: Path):
    with holding(tmp_path) as process:
        words = rf"process {process.pid} on {socket.gethostname()} since 20.*: wait for it, stop it"
        with pytest.raises(RunLockedError, match=words), hold(tmp_path):
            pass
        process.kill()
    with hold(tmp_path):
        pass


def test_a_folder_is_free_again_afterwards_also_after_an_error(tmp_path: Path):
    with pytest.raises(ZeroDivisionError), hold(tmp_path):
        raise ZeroDivisionError
    with hold(tmp_path):
        assert (tmp_path / HOLDER_FILE).is_file()
    assert not (tmp_path / HOLDER_FILE).exists()


@pytest.mark.parametrize("content", ["", "{", '{"pid": "?"}', None])
def test_a_note_that_cannot_be_read_is_no_reason_to_go_on(tmp_path: Path, content: str | None):
    with hold(tmp_path):
        if content is None:
            (tmp_path / HOLDER_FILE).unlink()
        else:
            (tmp_path / HOLDER_FILE).write_text(content)
        with pytest.raises(RunLockedError, match="written by another process"), hold(tmp_path):
            pass


def test_the_note_names_this_process(tmp_path: Path):
    with hold(tmp_path), pytest.raises(RunLockedError, match=f"process {os.getpid()} on"), hold(tmp_path):
        pass
