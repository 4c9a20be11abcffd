from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock
from restorebench.bench.cli import main
from restorebench.bench.contracts import Checkpoint, ModelCard
from restorebench.bench.errors import CheckpointError, UnknownNameError, UsageError
from restorebench.bench.metrics.lpips import BACKBONES
from restorebench.bench.models import fetchables as fetchables_module
from restorebench.bench.models.cache import weights_dir
from restorebench.bench.models.downloads import download
from restorebench.bench.models.entries import MODELS, register_model
from restorebench.bench.models.fetchables import fetch, fetchables, find_fetchables

CONTENT = bytes(range(256)) * 12_000
"""Three megabytes: several pieces."""

SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves CONTENT; may cut the connection, ignore ranges or answer with an error."""

    daemon_threads = True
    cut_after: int | None = None
    ranges = True
    status = 200
    length = True
    body = CONTENT
    headers: dict[str, str]
    stalls: threading.Event | None = None
    requests: list[str | None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/models/weights.pth"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.requests.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.ranges else 0
        if 300 <= self.server.status < 400:
            self.send_response(self.server.status)
            self.send_header("Location", self.server.headers["Location"])
            self.end_headers()
            return
        if self.server.status != 200 or start >= len(CONTENT):
            self.send_error(416 if start >= len(CONTENT) else self.server.status)
            return
        self.send_response(206 if start else 200)
        if self.server.length and "Content-Length" not in self.server.headers:
            self.send_header("Content-Length", str(len(self.server.body) - start))
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body[start : self.server.cut_after])
        if self.server.stalls is not None:
            self.server.stalls.wait(20)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class calls it so
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        running.requests, running.headers = [], {}
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "weights.pth"


def left(place: Path) -> list[str]:
    return sorted(path.name for path in place.parent.iterdir())


def test_a_download_arrives_whole_and_reports_progress(server: Server, place: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    assert download(server.url, place, SHA256, progress=lambda done, total: seen.append((done, total))) == place
    assert place.read_bytes() == CONTENT
    assert left(place) == ["weights.pth"]
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_a_broken_download_is_resumed(server: Server, place: Path) -> None:
    server.cut_after = 2_000_000
    with pytest.raises(CheckpointError, match=r"broke after 2000000 of 3072000 bytes: run the same command again"):
        download(server.url, place, SHA256)
    assert left(place) == ["weights.pth.part"]
    server.cut_after = None
    seen: list[int] = []
    download(server.url, place, SHA256, progress=lambda done, _total: seen.append(done))
    assert server.requests == [None, "bytes=2000000-"]
    assert seen[0] > 2_000_000
    assert place.read_bytes() == CONTENT
    assert left(place) == ["weights.pth"]


def test_a_server_without_ranges_starts_again(server: Server, place: Path) -> None:
    server.cut_after = 2_000_000
    with pytest.raises(CheckpointError):
        download(server.url, place, SHA256)
    server.cut_after, server.ranges = None, False
    download(server.url, place, SHA256)
    assert place.read_bytes() == CONTENT


def test_a_complete_part_is_only_checked(server: Server, place: Path) -> None:
    place.parent.mkdir()
    place.with_name("weights.pth.part").write_bytes(CONTENT)
    download(server.url, place, SHA256)
    assert place.read_bytes() == CONTENT


def test_a_part_of_another_file_is_found_out(server: Server, place: Path) -> None:
    place.parent.mkdir()
    place.with_name("weights.pth.part").write_bytes(b"x" * 1000)
    with pytest.raises(CheckpointError, match="not the expected file"):
        download(server.url, place, SHA256)
    assert "weights.pth" not in left(place)
    download(server.url, place, SHA256)
    assert place.read_bytes() == CONTENT


def test_without_a_digest_nothing_is_resumed(server: Server, place: Path) -> None:
    place.parent.mkdir()
    place.with_name("weights.pth.part").write_bytes(b"x" * 1000)
    download(server.url, place)
    assert server.requests == [None]
    assert place.read_bytes() == CONTENT


def test_another_content_is_not_kept(server: Server, place: Path) -> None:
    with pytest.raises(CheckpointError, match="nothing was kept") as caught:
        download(server.url, place, "0" * 64)
    assert SHA256 in str(caught.value)
    assert left(place) == []


def test_an_unknown_length_is_fine(server: Server, place: Path) -> None:
    server.length = False
    totals: set[int | None] = set()
    download(server.url, place, SHA256, progress=lambda _done, total: totals.add(total))
    assert totals == {None}


def test_a_failed_replacement_leaves_the_old_file(server: Server, place: Path) -> None:
    place.parent.mkdir()
    place.write_bytes(b"old")
    with pytest.raises(CheckpointError):
        download(server.url, place, "0" * 64)
    assert place.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("status", "message"), [(404, r"does not exist any more \(404\)"), (503, r"was refused by its server \(503")]
)
def test_a_refusal_is_one_sentence(server: Server, place: Path, status: int, message: str) -> None:
    server.status = status
    with pytest.raises(CheckpointError, match=message):
        download(server.url, place, SHA256)
    assert not place.exists()


def test_no_network_is_one_sentence(server: Server, place: Path) -> None:
    url = server.url
    server.server_close()
    with pytest.raises(CheckpointError, match=r"127\.0\.0\.1 cannot be reached .*check the network"):
        download(url, place)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "weights.pth", ""])
def test_only_web_addresses_are_downloaded(place: Path, url: str) -> None:
    with pytest.raises(CheckpointError, match="must begin with https"):
        download(url, place)


def test_a_place_that_cannot_be_written_is_one_sentence(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CheckpointError, match="cannot be written"):
        download(server.url, tmp_path / "file" / "weights.pth", SHA256)


def test_two_downloads_of_one_file_do_not_mix(server: Server, place: Path) -> None:
    place.parent.mkdir()
    with FileLock(place.with_name("weights.pth.part.lock")), pytest.raises(CheckpointError, match="Another process"):
        download(server.url, place, SHA256)
    assert server.requests == []


@pytest.mark.parametrize("sha256", ["", SHA256])
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<!DOCTYPE html><html>Quota exceeded</html>", "a web page"),
        (b"\n <html>", "a web page"),
        (b"", "nothing at all"),
    ],
)
def test_what_is_no_file_is_not_kept(server: Server, place: Path, body: bytes, problem: str, sha256: str) -> None:
    server.body = body
    with pytest.raises(CheckpointError, match=f"sent is {problem}.*nothing was kept"):
        download(server.url, place, sha256)
    assert left(place) == []


def test_a_cut_file_without_a_digest_is_not_kept(server: Server, place: Path) -> None:
    server.cut_after = 1000
    with pytest.raises(CheckpointError, match="broke after 1000 of 3072000 bytes"):
        download(server.url, place)
    assert left(place) == []


@pytest.mark.parametrize("length", [True, False], ids=["announced", "unannounced"])
def test_a_file_beyond_the_limit_is_refused(server: Server, place: Path, length: bool) -> None:  # noqa: FBT001 -- a parameter
    server.length = length
    with pytest.raises(CheckpointError, match=r"sends more than 0\.001 GB"):
        download(server.url, place, SHA256, most=1_000_000)
    assert not place.exists()
    assert sum(path.stat().st_size for path in place.parent.iterdir()) == 0


@pytest.mark.parametrize(
    "target", ["file:///etc/hostname", "ftp://127.0.0.1/x", "data:,x", "http://[::1", "gopher://x/"]
)
def test_a_redirection_leads_to_the_web_only(server: Server, place: Path, target: str) -> None:
    server.status, server.headers = 302, {"Location": target}
    with pytest.raises(CheckpointError, match=r"leads (to|nowhere)|cannot be reached"):
        download(server.url, place)
    assert left(place) == []


def test_a_redirection_in_a_circle_is_one_sentence(server: Server, place: Path) -> None:
    server.status, server.headers = 302, {"Location": server.url}
    with pytest.raises(CheckpointError, match=r"leads nowhere \(302 [^\n]*$"):
        download(server.url, place)


@pytest.mark.parametrize("length", ["many", "-5", "1e3", "9" * 30, ""])
def test_a_length_that_is_none_is_one_sentence(server: Server, place: Path, length: str) -> None:
    server.headers = {"Content-Length": length}
    with pytest.raises(CheckpointError, match=r"was answered with the length"):
        download(server.url, place, SHA256)


def test_another_range_than_the_missing_one_is_not_appended(server: Server, place: Path) -> None:
    place.parent.mkdir()
    place.with_name("weights.pth.part").write_bytes(CONTENT[:1000])
    server.headers = {"Content-Range": "bytes 0-3071999/3072000"}
    with pytest.raises(CheckpointError, match="another part of the file"):
        download(server.url, place, SHA256)
    server.headers = {}
    download(server.url, place, SHA256)
    assert place.read_bytes() == CONTENT


def test_what_arrived_before_a_stall_is_kept(server: Server, place: Path) -> None:
    server.cut_after, server.stalls = 1_234_567, threading.Event()
    with pytest.raises(CheckpointError, match=r"broke .*timed out"):
        download(server.url, place, SHA256, timeout=0.5)
    server.stalls.set()
    assert place.with_name("weights.pth.part").stat().st_size == 1_234_567
    assert left(place) == ["weights.pth.part"]
    server.cut_after = None
    download(server.url, place, SHA256)
    assert server.requests == [None, "bytes=1234567-"]


@pytest.mark.parametrize(
    "url",
    ["http://", "http://[", "http://x:port/", "http://a b/", "http://x/\n", "http://" + "a" * 300 + "/", "https://é/ü"],
)
def test_a_bad_address_is_one_sentence(place: Path, url: str) -> None:
    with pytest.raises(CheckpointError, match=r"^[^\n]+(must begin with https|check the network)"):
        download(url, place, timeout=1)


def test_weights_dir_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # where this machine's user has no folder of 0.1.0
    monkeypatch.setenv("RESTOREBENCH_CACHE", str(tmp_path / "own"))
    assert weights_dir() == tmp_path / "own" / "weights"
    monkeypatch.delenv("RESTOREBENCH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert weights_dir() == tmp_path / "xdg" / "restorebench" / "weights"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert weights_dir() == Path.home() / ".cache" / "restorebench" / "weights"


@pytest.fixture
def model(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """A registered model with a checkpoint on the server and one for people only; all caches are new."""
    monkeypatch.setenv("RESTOREBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    checkpoints = (
        Checkpoint("web", "the web", server.url, SHA256, "mine_web.pth", "MIT"),
        Checkpoint("hand", "paper", "", by_hand="Ask the authors", filename="mine_hand.pth"),
    )
    card = ModelCard("fetch-me", "FetchMe", "deblurring", checkpoints=checkpoints)
    register_model(card)(lambda: pytest.fail("fetching must not build the network"))
    yield card.name
    del MODELS._registered[card.name]


def test_a_checkpoint_is_fetched_once(model: str, server: Server) -> None:
    (item,) = find_fetchables(f"{model}:web")
    assert not item.present
    assert fetch(item) == weights_dir() / "mine_web.pth"
    assert item.present
    assert fetch(item).read_bytes() == CONTENT
    assert len(server.requests) == 1


def test_a_wrong_file_in_its_place_is_not_overwritten(model: str) -> None:
    (item,) = find_fetchables(f"{model}:web")
    item.destination.parent.mkdir(parents=True)
    item.destination.write_bytes(b"something else")
    with pytest.raises(CheckpointError, match="not the official file"):
        fetch(item)
    assert item.destination.read_bytes() == b"something else"


def test_what_only_a_person_can_fetch_says_how(model: str) -> None:
    (item,) = find_fetchables(f"{model}:hand")
    with pytest.raises(CheckpointError, match=r"by hand: Ask the authors; put it at .*mine_hand\.pth"):
        fetch(item)
    with pytest.raises(CheckpointError, match="publish no address"):
        fetch(replace(item, by_hand=""))


def test_names_of_fetchables(model: str) -> None:
    assert [item.name for item in find_fetchables(model)] == [f"{model}:web", f"{model}:hand"]
    with pytest.raises(UnknownNameError, match="did you mean lpips-alex"):
        find_fetchables("lpips-alexx")
    with pytest.raises(UnknownNameError, match=f"did you mean {model}:web"):
        find_fetchables(f"{model}:wep")
    assert {item.name for item in find_fetchables(model)} < {item.name for item in fetchables()}


def test_a_model_without_weights_has_nothing_to_fetch() -> None:
    with pytest.raises(UsageError, match="nothing to fetch for wiener"):
        find_fetchables("wiener")


def test_lpips_backbones_go_where_torchvision_looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    backbones = {item.name: item for item in fetchables() if item.name.startswith("lpips-")}
    assert list(backbones) == ["lpips-alex", "lpips-vgg", "lpips-squeeze"]
    alex = backbones["lpips-alex"]
    assert alex.destination == tmp_path / "torch" / "hub" / "checkpoints" / "alexnet-owt-7be5be79.pth"
    for net, backbone in BACKBONES.items():
        item = backbones[f"lpips-{net}"]
        assert item.url.endswith(backbone.filename)
        assert len(item.sha256) == 64
        assert item.sha256.startswith(backbone.filename.rpartition("-")[2].removesuffix(".pth"))  # their convention


def test_backbone_addresses_are_torchvisions() -> None:
    from torchvision.models import AlexNet_Weights, SqueezeNet1_1_Weights, VGG16_Weights

    official = [weights.IMAGENET1K_V1.url for weights in (AlexNet_Weights, VGG16_Weights, SqueezeNet1_1_Weights)]
    assert [backbone.url for backbone in BACKBONES.values()] == official


def test_the_command_fetches_and_prints_the_place(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", f"{model}:web"]) == 0
    assert capsys.readouterr().out == f"{weights_dir() / 'mine_web.pth'}\n"
    assert main(["fetch", f"{model}:web"]) == 0
    assert "already present" in capsys.readouterr().err


def test_the_command_shows_a_bar_on_a_terminal(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["fetch", f"{model}:web"]) == 0
    assert "3.1/3.1 MB" in capsys.readouterr().err


def test_the_command_explains_itself_and_fails_with_2(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch"]) == 2
    assert "fetch --list" in capsys.readouterr().err
    assert main(["fetch", f"{model}:hand"]) == 2
    assert "Ask the authors" in capsys.readouterr().err
    assert main(["fetch", "fetch-mee"]) == 2
    assert "did you mean fetch-me" in capsys.readouterr().err


def test_the_list_says_what_is_there(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["fetch", f"{model}:web"])
    capsys.readouterr()
    assert main(["fetch", "--list", "--json"]) == 0
    listed = {item["name"]: item for item in json.loads(capsys.readouterr().out)}
    assert listed[f"{model}:web"]["present"] is True
    assert listed["lpips-vgg"]["present"] is False
    assert main(["fetch", "--list", model]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if model in line}
    assert rows[f"{model}:web"].rstrip().endswith("present")
    assert rows[f"{model}:hand"].rstrip().endswith("by hand")


def test_a_file_without_a_published_digest_is_said_to_be_unchecked(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (item,) = find_fetchables(f"{model}:web")
    monkeypatch.setattr(fetchables_module, "find_fetchables", lambda _name: [replace(item, sha256="")])
    assert main(["fetch", f"{model}:web"]) == 0
    assert "could not be verified" in capsys.readouterr().err
