"""The page of runs that are still going: made again when records arrive, and served to this machine alone."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from helpers.optional import known
from helpers.report_runs import FakeRun, write_run
from helpers.waiting import wait_until
from restorebench.bench.cli import main
from restorebench.bench.errors import RunFolderError, UsageError
from restorebench.reports.page.live import LiveReport, serving

PRENET = FakeRun(images=12, found=12)
PRN_R = replace(PRENET, model="prn-r", title="PRN_r", weights="b" * 64)


def ask(address: str, path: str = "/index.html", host: str = "") -> tuple[int, str]:
    place = urlsplit(address)
    connection = HTTPConnection(str(place.hostname), place.port, timeout=30)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


@pytest.fixture
def live(runs: Path, monkeypatch: pytest.MonkeyPatch) -> LiveReport:
    monkeypatch.setattr("restorebench.reports.page.live.LEAST_SECONDS", 0.0)
    monkeypatch.setattr("restorebench.reports.page.live.SHARE", 0)
    return LiveReport([runs], runs / "report")


def test_the_page_waits_for_the_first_run_and_follows_the_others(runs: Path, live: LiveReport):
    page = runs / "report" / "index.html"
    assert live.refresh()
    assert "No run has begun yet" in page.read_text(encoding="utf-8")
    write_run(runs, PRENET)
    assert live.refresh()
    assert "1 model on 1 data set: 12 restored images" in page.read_text(encoding="utf-8")
    assert not live.refresh()  # nothing changed
    write_run(runs, PRN_R)
    assert live.refresh()
    assert "2 models on 1 data set" in page.read_text(encoding="utf-8")


def test_records_of_an_unfinished_run_are_shown_as_they_arrive(runs: Path, live: LiveReport):
    scores = write_run(runs, PRENET) / "scores.jsonl"
    lines = scores.read_bytes().splitlines(keepends=True)
    for count in (3, 7):
        scores.write_bytes(b"".join(lines[:count]) + lines[count][:20])  # the last line is being written
        assert live.refresh()
        text = (runs / "report" / "index.html").read_text(encoding="utf-8")
        assert f"unfinished: {count} of 12 images" in text


def test_a_report_is_not_made_again_at_once(runs: Path):
    live = LiveReport([runs], runs / "report")
    assert live.refresh()
    write_run(runs, PRENET)
    assert not live.refresh()  # not two in two seconds


def test_a_damaged_run_leaves_the_page_as_it_was(runs: Path, live: LiveReport):
    folder = write_run(runs, PRENET)
    live.refresh()
    before = (runs / "report" / "index.html").read_bytes()
    (folder / "run.json").write_text("{")
    with pytest.raises(RunFolderError):
        live.refresh()
    assert (runs / "report" / "index.html").read_bytes() == before


def test_the_last_page_asks_for_nothing(runs: Path, live: LiveReport):
    write_run(runs, PRENET)
    live.refresh()
    page = runs / "report" / "index.html"
    assert "connect-src" in page.read_text(encoding="utf-8")
    assert live.finish() == page
    assert "connect-src" not in page.read_text(encoding="utf-8")
    assert "fetch(" not in page.read_text(encoding="utf-8")


def test_without_a_run_nothing_stays(runs: Path, live: LiveReport):
    live.refresh()
    assert live.finish() is None
    assert not (runs / "report" / "index.html").exists()


def test_only_the_folder_is_served_and_only_to_this_machine(tmp_path: Path):
    folder = tmp_path / "report"
    (folder / "files").mkdir(parents=True)
    (folder / "index.html").write_text("front")
    (tmp_path / "secret.txt").write_text("secret")
    with serving(folder) as address:
        assert urlsplit(address).hostname == "127.0.0.1"
        assert ask(address) == (200, "front")
        for path in ("/files/", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt"):
            status, text = ask(address, path)
            assert (status, "secret\n" in text) == (404, False)
        assert ask(address, host="attacker.example:80")[0] == 403
        others = {each[4][0] for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        for other in others - {"127.0.0.1"}:
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((str(other), urlsplit(address).port), timeout=5)
    with pytest.raises(OSError, match="refused"):
        ask(address)


def test_a_port_that_is_taken_is_named(tmp_path: Path):
    with serving(tmp_path) as address:
        taken = serving(tmp_path, known(urlsplit(address).port))
        with pytest.raises(UsageError, match="--port"), taken:
            pass


def test_a_single_file_is_not_served(runs: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["report", str(runs), "--watch", "--single-file"]) == 2
    assert "--single-file" in capsys.readouterr().err


@pytest.fixture
def command(runs: Path) -> Iterator[subprocess.Popen[str]]:
    code = "import sys; from restorebench.bench.cli import main; sys.exit(main())"
    words = [sys.executable, "-c", code, "report", str(runs), "--watch"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, **pipes) as process:  # noqa: S603 -- this very package
        yield process
        process.kill()


@pytest.mark.slow
def test_the_command_prints_its_address_and_ends_with_ctrl_c(runs: Path, command: subprocess.Popen[str]):
    assert command.stdout is not None
    address = command.stdout.readline().strip()
    assert "No run has begun yet" in ask(address)[1]
    write_run(runs, PRENET)
    wait_until(lambda: "1 model on 1 data set" in ask(address)[1])
    command.send_signal(signal.SIGINT)
    _, errors = command.communicate(timeout=60)
    assert command.returncode == 0
    assert "Traceback" not in errors
    assert f"stopped; the report stays at {runs / 'report' / 'index.html'}" in errors


@pytest.mark.slow
def test_an_open_page_loads_itself_again_and_keeps_its_view(browser: Any, runs: Path, live: LiveReport):
    write_run(runs, PRENET, pictures=range(2))
    live.refresh()
    with serving(runs / "report") as address:
        page = browser.new_page()
        page.goto(address)
        page.locator("#stage").focus()
        page.keyboard.press("n")
        view = page.evaluate("location.hash")
        wait_until(lambda: page.locator(".lead", has_text="1 model ").count())
        page.wait_for_timeout(1100)  # times of files on the web are whole seconds
        write_run(runs, PRN_R)
        live.refresh()
        page.locator(".lead", has_text="2 models").wait_for()
        assert page.evaluate("location.hash") == view
        assert "image 2 of 2" in page.locator("#view-caption").inner_text()
        page.close()
