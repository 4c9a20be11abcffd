"""The exceptions of restorebench.

    RestorebenchError                shown on the command line as one actionable sentence
    ├── UsageError                   a wrong name, option or combination          (exit code 2)
    │   └── UnknownNameError         an unregistered name, with suggestions
    ├── DatasetError                 a folder that is not the expected data set   (exit code 2)
    │   ├── PairingError             a degraded image without its target, or the reverse
    │   └── ImageError               an image that cannot be read or used
    ├── CheckpointError              missing, unsafe or mismatched weights        (exit code 2)
    ├── MissingDependencyError       an optional package that is not installed    (exit code 2)
    ├── MetricUnavailableError       a metric that cannot be computed; recorded as null with this reason
    ├── RunFolderError               a run folder that cannot be used             (exit code 2)
    │   ├── PlanMismatchError        the folder has a different plan
    │   ├── IncomparableError        two runs that are not comparable
    │   ├── RunLockedError           another process is writing the same cell
    │   └── JournalWriteError        the journal could not be written (full disk)
    ├── OutputError                  standard output cannot be written            (exit code 2)
    │   └── OutputClosedError        nobody reads it any more; nothing is shown   (exit code 141)
    ├── ClusterError                 unavailable or unusable cluster workers      (exit code 2)
    ├── TrainingError                a training that cannot continue              (exit code 1)
    ├── ModelContractError           a model that breaks its contract             (exit code 1)
    ├── StoppedError                 a cell with too many failed images           (exit code 1)
    └── RestorationError             the restoration of one image failed; recorded as failed
        └── OutOfMemoryError         the device ran out of memory; suggests tiles

A message is one sentence that states the problem, its place, and a remedy.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

__all__ = [
    "CheckpointError",
    "ClusterError",
    "DatasetError",
    "ImageError",
    "IncomparableError",
    "JournalWriteError",
    "MetricUnavailableError",
    "MissingDependencyError",
    "ModelContractError",
    "OutOfMemoryError",
    "OutputClosedError",
    "OutputError",
    "PairingError",
    "PlanMismatchError",
    "RestorationError",
    "RestorebenchError",
    "RunFolderError",
    "RunLockedError",
    "StoppedError",
    "TrainingError",
    "UnknownNameError",
    "UsageError",
    "did_you_mean",
    "few",
    "first_line",
    "visible",
]


class RestorebenchError(Exception):
    """Base class of all exceptions of restorebench."""

    exit_code: int = 2
    """Exit code of the command line for this error."""


class UsageError(RestorebenchError):
    """A wrong option, value or combination of them."""


class UnknownNameError(UsageError):
    """An unregistered name.

    The message suggests the nearest names, or lists all if they are few.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], *, hint: str = "") -> None:
        self.kind = kind
        self.name = name
        self.known = sorted(known)
        message = f"Unknown {kind} {name!r}{did_you_mean(name, self.known)}"
        super().__init__(f"{message} {hint}".rstrip())


class DatasetError(RestorebenchError):
    """A folder that cannot be opened as the requested data set."""


class PairingError(DatasetError):
    """Degraded and target images that do not pair up."""


class ImageError(DatasetError):
    """An image file that cannot be read, or cannot be used as it is."""


class CheckpointError(RestorebenchError):
    """Weights that are missing, unsafe to load, or do not match the model."""


class MissingDependencyError(RestorebenchError):
    """A missing optional package required by a feature."""

    def __init__(self, feature: str, package: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{feature} needs {package}, which is not installed: pip install 'restorebench[{extra}]'")


class MetricUnavailableError(RestorebenchError):
    """A metric that cannot be computed here; the record contains null and this reason."""


class RunFolderError(RestorebenchError):
    """A run folder that is missing, damaged or of a different schema version."""


class PlanMismatchError(RunFolderError):
    """A run folder with a different plan; the message shows the difference."""


class IncomparableError(RunFolderError):
    """Two runs that are not comparable; the message gives the reason."""


class RunLockedError(RunFolderError):
    """A run folder that another process is writing; the message names the process."""


class JournalWriteError(RunFolderError):
    """A record that could not be written; all earlier records are safe."""


class OutputError(RestorebenchError):
    """Standard output that cannot be written, as on a full disk."""


class OutputClosedError(OutputError):
    """Standard output whose reader has gone, as `head` does after its first lines."""

    exit_code = 141
    """128 + SIGPIPE, as the shell says of programs that a closed pipe ends."""


class ClusterError(RestorebenchError):
    """Cluster workers that are unavailable or unusable; existing records are kept."""


class TrainingError(RestorebenchError):
    """A training that cannot continue; its saved state is kept."""

    exit_code = 1


class RestorationError(RestorebenchError):
    """An image that could not be restored; the run records the reason and continues."""

    exit_code = 1


class StoppedError(RestorebenchError):
    """A cell was stopped because too many of its images failed; what was recorded is kept."""

    exit_code = 1


class ModelContractError(RestorebenchError, AssertionError):
    """A model does what it should not; the message is the table of all checks."""

    exit_code = 1


class OutOfMemoryError(RestorationError):
    """Lack of device memory for an image; the message suggests `--tile`."""


def did_you_mean(name: str, known: Iterable[str], *, limit: int = 20) -> str:
    """Format the end of an unknown-name message: suggestions, or the known names.

    >>> did_you_mean("gorpo", ["gopro", "hide"])
    ': did you mean gopro?'
    >>> did_you_mean("zzz", ["gopro", "hide"])
    ': known are gopro, hide.'
    >>> did_you_mean("zzz", ["gopro"])
    ': the only one is gopro.'
    """
    names = sorted(known)
    lowered = {candidate.lower(): candidate for candidate in names}
    close = difflib.get_close_matches(name.lower(), lowered, n=3, cutoff=0.6)
    if close:
        return f": did you mean {' or '.join(lowered[match] for match in close)}?"
    if not names:
        return ": there is none to choose from."
    if len(names) == 1:
        return f": the only one is {visible(names[0])}."
    return f": known are {few(names, limit)}."


def few(names: Iterable[str], limit: int = 3) -> str:
    """Shorten a list of names for a message.

    >>> few(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    listed = list(names)
    shown = ", ".join(map(visible, listed[:limit]))
    return f"{shown} and {len(listed) - limit} more" if len(listed) > limit else shown


def visible(name: str) -> str:
    r"""Write a name so that it looks different from every other one: what the eye misses as an escape.

    These are control, formatting and blank characters other than a space, and all beyond ASCII in a name that is not in
    Unicode's composed form.

    >>> visible("caf\u00e9"), visible("cafe\u0301"), visible("a\u200bb")
    ('café', 'cafe\\u0301', 'a\\u200bb')
    """
    composed = unicodedata.is_normalized("NFC", name)
    return "".join(
        letter if letter.isprintable() and (composed or letter.isascii()) else ascii(letter)[1:-1] for letter in name
    )


def first_line(error: BaseException) -> str:
    r"""The first line of an error's message, or the name of its class if it has no message.

    >>> first_line(ValueError("no kernel\nlong explanation")), first_line(KeyError())
    ('no kernel', 'KeyError')
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
