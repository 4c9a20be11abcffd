"""Programs in any language as models: `cmd:octave restore.m {input} {output}`.

A program reads and writes image files: one image at a time (`{input}`, `{output}`), or all that are asked for in one
folder (`{input_dir}`, `{output_dir}`), so that it starts once. No shell is involved.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ..contracts import UInt8Image
from ..errors import ImageError, RestorationError, UsageError
from ..files.images import FileImage, save_png

__all__ = ["TIMEOUT", "Program", "program_words", "takes_folder"]

ONE, FOLDER = ("{input}", "{output}"), ("{input_dir}", "{output_dir}")
READ = (".png", ".bmp", ".tif", ".tiff")
"""Endings of images that a program may write; others lose what it restored."""

KEPT = 500
"""Characters of what a program wrote to its standard error that a failure keeps."""

TIMEOUT = 600.0
"""Seconds that a program may take for an image."""


class Program:
    """A command line that restores images.

    Args:
        words: its words, with the places of images in braces.
        timeout: seconds that it may take for an image.
    """

    def __init__(self, words: Sequence[str], timeout: float) -> None:
        self.words = tuple(words)
        self.timeout = timeout

    @property
    def by_folder(self) -> bool:
        """Whether it takes a folder of images."""
        return takes_folder(self.words)

    def restore(self, images: Sequence[UInt8Image]) -> tuple[list[UInt8Image | RestorationError], float]:
        """Restore images: each restored or the reason why not, and the seconds that the program ran.

        A program that takes one image at a time is given the first only.
        """
        with tempfile.TemporaryDirectory(prefix="restorebench-") as place:
            given, made = Path(place, "input"), Path(place, "output")
            given.mkdir()
            made.mkdir()
            for number, image in enumerate(images):
                save_png(given / f"{number:06}.png", image)
            first = "000000.png"
            places = (given, made) if self.by_folder else (given / first, made / first)
            started = time.perf_counter()
            failure = self._run([_filled(word, places) for word in self.words], len(images))
            seconds = time.perf_counter() - started
            alone = len(images) == 1
            restored = [_read(made, number, image, failure, alone=alone) for number, image in enumerate(images)]
            return restored, seconds

    def _run(self, words: list[str], images: int) -> RestorationError | None:
        """Run a command; why it failed, or `None`."""
        limit = self.timeout * max(1, images)
        try:
            process = subprocess.Popen(  # noqa: S603 -- what the user asked for, without a shell
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            return RestorationError(f"{words[0]} cannot be started: {error.strerror or error}.")
        try:
            _, said = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            _end(process)
            return RestorationError(f"{words[0]} was ended after {limit:g} seconds: allow more with [timeout=SECONDS].")
        except BaseException:
            _end(process)  # an interruption must not leave it running
            raise
        if process.returncode == 0:
            return None
        end = (
            f"ended with exit code {process.returncode}"
            if process.returncode > 0
            else f"was ended by {signal.Signals(-process.returncode).name}"
        )
        return RestorationError(f"{words[0]} {end}{_tail(said)}.")


def takes_folder(words: Sequence[str]) -> bool:
    """Whether a command line has the place of a folder of images."""
    return any(FOLDER[0] in word for word in words)


def program_words(text: str) -> list[str]:
    """The words of a command line.

    Raises:
        UsageError: it names no program that is here, or not where images are read and written.
    """
    try:
        words = _split(text)
    except ValueError as error:
        raise UsageError(f"cmd:{text} is not a command line ({error}): check its quotes.") from error
    if not words:
        raise UsageError("cmd: names no program: write 'cmd:PROGRAM {input} {output}'.")
    for kind in (ONE, FOLDER):
        if all(any(place in word for word in words) for place in kind):
            break
    else:
        raise UsageError(
            f"cmd:{text} does not say where images are read and written: add {{input}} and {{output}}, or "
            "{input_dir} and {output_dir}."
        )
    if shutil.which(words[0]) is None:
        raise UsageError(f"There is no program {words[0]}: check its name, or give its path.")
    return words


def _split(text: str) -> list[str]:
    """Split a command line as a shell does; on Windows a backslash is a part of a path."""
    reader = shlex.shlex(text, posix=True)
    reader.whitespace_split, reader.commenters = True, ""
    if sys.platform == "win32":
        reader.escape = ""
    return list(reader)


def _filled(word: str, places: tuple[Path, Path]) -> str:
    for names in (ONE, FOLDER):
        for name, place in zip(names, places, strict=True):
            word = word.replace(name, str(place))
    return word


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and what it started."""
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.communicate()


def _tail(said: bytes) -> str:
    """The last of what a program wrote to its standard error, as a part of a sentence."""
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    text = " | ".join(lines)[-KEPT:].rstrip(".")
    return f" and said: {text}" if text else " and said nothing"


def _read(
    folder: Path, number: int, given: UInt8Image, failure: RestorationError | None, *, alone: bool
) -> UInt8Image | RestorationError:
    """Read what a program wrote for an image; of several, those that were written before it failed count."""
    found = [path for ending in READ if (path := folder / f"{number:06}{ending}").is_file()]
    if not found:
        others = sorted(path.name for path in folder.iterdir())[:3]
        wrote = f"it wrote {', '.join(others)}" if others else "it wrote nothing"
        return failure or RestorationError(f"The program ended well but did not write the restored image; {wrote}.")
    if failure is not None and alone:
        return failure
    try:
        image = FileImage(found[0]).read()
    except (ImageError, OSError) as error:
        return RestorationError(f"The image that the program wrote cannot be used: {error}")
    if image.shape != given.shape:
        return RestorationError(
            f"The program wrote {image.shape[1]}x{image.shape[0]} pixels for {given.shape[1]}x{given.shape[0]}."
        )
    return image
