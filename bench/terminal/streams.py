"""The standard streams: any encoding, closed pipes, full disks.

Without a reader of standard error the work goes on, since its results are elsewhere; a result that standard output
does not take is an error.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import IO, TYPE_CHECKING, Any, Literal, TextIO, cast

from ..errors import OutputClosedError, OutputError

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["ErrorStream", "OutputStream", "lacks_characters", "new_console", "prepare_streams"]

LENIENT = ("replace", "backslashreplace", "xmlcharrefreplace", "namereplace", "ignore")
"""Error handlers of an encoding that raise nothing."""


NAMELESS = ("", "dumb", "unknown")
"""Values of TERM from which rich concludes that there are no colours."""


def prepare_streams() -> None:
    """Make the standard streams take any text.

    A character that the encoding of the output lacks, as code pages of Windows do, becomes a question mark. Output to a
    stream that the caller has closed is thrown away; left closed, its number would go to the next file opened.
    """
    for name in ("stdin", "stdout", "stderr"):
        stream: object = getattr(sys, name)
        if stream is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 -- stays open
        elif name != "stdin" and isinstance(stream, io.TextIOWrapper) and stream.errors not in LENIENT:
            stream.reconfigure(errors="replace")


def new_console(
    *,
    stderr: bool,
    width: int | None = None,
    highlight: bool = True,
    markup: bool = True,
    emoji: bool = True,
    soft_wrap: bool = False,
) -> Console:
    """A console of rich on a standard stream, which screens what it draws; the other arguments are rich's.

    NO_COLOR takes away every style, even on a terminal; otherwise FORCE_COLOR gives them, even in a pipe or on a
    terminal that says nothing of itself, as in CI.
    """
    from .screened_console import ScreenedConsole

    stream = cast("IO[str]", ErrorStream() if stderr else OutputStream())
    return ScreenedConsole(
        file=stream,
        width=width,
        highlight=highlight,
        markup=markup,
        emoji=emoji,
        soft_wrap=soft_wrap,
        color_system=_colour_system(),
    )


def _colour_system() -> Literal["auto", "standard"] | None:
    """The argument of rich; `None` takes away bold, dim, italic and underlined too, which its `no_color` leaves."""
    if os.environ.get("NO_COLOR"):
        return None
    nameless = os.environ.get("TERM", "") in NAMELESS
    return "standard" if os.environ.get("FORCE_COLOR") and nameless else "auto"


def lacks_characters(text: str) -> bool:
    """Whether standard output prints question marks for some characters of a text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return True
    return False


class OutputStream(io.TextIOBase):
    """Standard output, whatever it is when it is written to.

    Raises:
        OutputClosedError: its reader has gone, as `head` does.
        OutputError: it cannot be written, as on a full disk.
    """

    def write(self, text: str) -> int:
        """Write text."""
        with self._checked():
            return _stream("stdout").write(text)

    def flush(self) -> None:
        """Hand everything to the system."""
        with self._checked():
            _stream("stdout").flush()

    @contextlib.contextmanager
    def _checked(self) -> Any:
        try:
            yield
        except BrokenPipeError as error:
            _discard(_stream("stdout"))
            raise OutputClosedError("Nobody reads standard output any more.") from error
        except OSError as error:
            _discard(_stream("stdout"))
            raise OutputError(
                f"Standard output cannot be written ({error.strerror}): send it elsewhere, and run the command again."
            ) from error

    def __getattribute__(self, name: str) -> Any:
        """Everything that a terminal's properties depend on is asked of the stream itself."""
        return getattr(_stream("stdout"), name) if name in _PROPERTIES else super().__getattribute__(name)


class ErrorStream(io.TextIOBase):
    """Standard error, whatever it is when it is written to; what it does not take is lost."""

    def write(self, text: str) -> int:
        """Write text."""
        try:
            return _stream("stderr").write(text)
        except OSError:
            _discard(_stream("stderr"))
            return len(text)

    def flush(self) -> None:
        """Hand everything to the system."""
        try:
            _stream("stderr").flush()
        except OSError:
            _discard(_stream("stderr"))

    def __getattribute__(self, name: str) -> Any:
        """As for `OutputStream`."""
        return getattr(_stream("stderr"), name) if name in _PROPERTIES else super().__getattribute__(name)


_PROPERTIES = ("encoding", "errors", "fileno", "isatty")


def _stream(name: str) -> TextIO:
    """A standard stream itself: while it shows a progress bar, rich puts one in its place that leads back to here."""
    stream = getattr(sys, name)
    return getattr(stream, "rich_proxied_file", stream)


def _discard(stream: TextIO) -> None:
    """Throw away what a stream still holds, which Python would try to write, and complain about, when it ends."""
    with contextlib.suppress(OSError, ValueError):  # a stream of a test has no descriptor
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
