"""The report of runs that are still going: served to this machine alone, and made again when records arrive."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from ...bench.errors import UsageError
from ...bench.runs.run import RUN_FILE, SCORES_FILE, find_runs
from .folder import FRONT_PAGE, replacing_report
from .page import TITLE, fill_report, write_waiting_page

__all__ = ["LiveReport", "serving"]

LOOPBACK = "127.0.0.1"
PATTERNS = (*(f"{depth}{name}" for depth in ("", "*/", "*/*/") for name in (RUN_FILE, SCORES_FILE)), "cost/*.json")
"""What a report is made from, at the depths where runs are found."""

LEAST_SECONDS = 2.0
"""Between two renderings; pages compare times of whole seconds."""

SHARE = 5
"""A slow report is made again only after this many times as long as it took, to leave the processor to the runs."""


class LiveReport:
    """A report that follows its runs.

    Args:
        roots: folders of runs; they may still be empty.
        out: folder of the report.
        protocols: protocols to show; all by default.
        gallery: number of pictures per selection and data set.
        title: title of the page.

    Raises:
        UsageError: `out` contains something other than a report.
    """

    def __init__(
        self, roots: Sequence[Path], out: Path, *, protocols: Sequence[str] = (), gallery: int = 4, title: str = TITLE
    ) -> None:
        self.roots = tuple(roots)
        self.out = out
        self.protocols = tuple(protocols)
        self.gallery = gallery
        self.title = title
        self._seen: tuple[tuple[str, int, int], ...] | None = None
        self._next = 0.0

    def refresh(self) -> bool:
        """Make the report again if files of the runs changed, unless it was made just now; return whether it was.

        Raises:
            RunFolderError: a run is damaged.
            OSError: the report cannot be written.
        """
        now, found = time.monotonic(), self._files()
        if found == self._seen or now < self._next:
            return False
        self._write(live=True)
        self._seen = found
        spent = time.monotonic() - now
        self._next = time.monotonic() + max(LEAST_SECONDS, SHARE * spent)
        return True

    def finish(self) -> Path | None:
        """Make the report a last time, as a page that no longer asks for news; `None` if there were no runs."""
        return self._write(live=False)

    def _write(self, *, live: bool) -> Path | None:
        page = self.out / FRONT_PAGE
        begun = [root for root in self.roots if any(path.name == RUN_FILE for path in _sources(root))]
        if begun:
            runs = find_runs(*begun, protocols=self.protocols)
            with replacing_report(self.out) as folder:
                fill_report(runs, folder, self.out, gallery=self.gallery, title=self.title, live=live)
            return page
        with replacing_report(self.out) as folder:
            write_waiting_page(folder / FRONT_PAGE, self.title)
        if live:
            return page
        page.unlink()
        return None

    def _files(self) -> tuple[tuple[str, int, int], ...]:
        """Name, size and time of every file that the report is made from."""
        paths = sorted({path for root in self.roots for path in _sources(root)})
        return tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths)


def _sources(root: Path) -> list[Path]:
    return [path for pattern in PATTERNS for path in root.glob(pattern)]


@contextmanager
def serving(folder: Path, port: int = 0) -> Generator[str]:
    """Serve a folder to this machine while the block runs; yield the address of its front page.

    Args:
        folder: what is served, and nothing else.
        port: 0 for any free one.

    Raises:
        UsageError: the port cannot be had.
    """
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), partial(_Pages, directory=str(folder)))
    except (OSError, OverflowError) as error:
        raise UsageError(f"Port {port} cannot be used ({error}): choose another --port, or none.") from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}/{FRONT_PAGE}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Pages(SimpleHTTPRequestHandler):
    """Files of the report; nothing is listed or kept by the browser, and no other site can ask for them."""

    def send_head(self) -> BytesIO | BinaryIO | None:
        name = (self.headers.get("Host") or "").rpartition(":")[0]
        if name not in (LOOPBACK, "localhost"):
            self.send_error(HTTPStatus.FORBIDDEN, f"Ask for {LOOPBACK}")
            return None
        return super().send_head()

    def list_directory(self, path: str | PathLike[str]) -> None:  # noqa: ARG002 -- as in the base class
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as in the base class
        """Say nothing: the terminal belongs to the runs."""
