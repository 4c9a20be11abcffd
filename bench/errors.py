"""Every error that restorebench raises on purpose.

    RestorebenchError                a person can act on it; the command line shows it as one sentence
    ├── UsageError                   a wrong name, option or combination          (exit code 2)
    │   └── UnknownNameError         a name that no registry knows, with did-you-mean
    ├── DatasetError                 a folder that is not what it should be       (exit code 2)
    │   ├── PairingError             a degraded image without its target, or the reverse
    │   └── ImageError               one image that cannot be read or used
    ├── CheckpointError              weights that are missing, unsafe or do not fit (exit code 2)
    ├── MissingDependencyError       an optional package that is not installed    (exit code 2)
    ├── MetricUnavailableError          a metric that cannot be computed here; becomes a null with this reason
    ├── RunFolderError               a run folder that cannot be used             (exit code 2)
    │   ├── PlanMismatchError        the folder holds another plan
    │   ├── IncomparableError        two runs that do not compare
    │   ├── RunLockedError           another process is writing the same cell
    │   └── JournalWriteError        the journal could not be written (full disk)
    ├── ClusterError                 the workers of a cluster cannot be had or used (exit code 2)
    ├── TrainingError                a training that cannot go on, such as a loss that is no number (exit code 1)
    ├── ModelContractError           a model does what it should not              (exit code 1)
    ├── StoppedError                 too many images of a cell failed             (exit code 1)
    └── RestorationError             one image through one model failed; becomes a failed record
        └── OutOfMemoryError         the device ran out of memory; proposes tiles

A message is one sentence: what is wrong, where, and what to do about it.
"""

from __future__ import annotations

import difflib
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
]


class RestorebenchError(Exception):
    """Base of every error in this tree."""

    exit_code: int = 2
    """What the command line exits with when this error reaches it."""


class UsageError(RestorebenchError):
    """A wrong option, value or combination of them."""


class UnknownNameError(UsageError):
    """A name that a registry does not know.

    The message lists the nearest known names, or all of them when they are few.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], *, hint: str = "") -> None:
        self.kind = kind
        self.name = name
        self.known = sorted(known)
        message = f"Unknown {kind} {name!r}{did_you_mean(name, self.known)}"
        super().__init__(f"{message} {hint}".rstrip())


class DatasetError(RestorebenchError):
    """A folder that cannot be opened as the data set it is said to be."""


class PairingError(DatasetError):
    """Degraded and target images that do not pair up."""


class ImageError(DatasetError):
    """One image file that cannot be read, or cannot be used as it is."""


class CheckpointError(RestorebenchError):
    """Weights that are missing, unsafe to load, or do not fit the model."""


class MissingDependencyError(RestorebenchError):
    """An optional package that this feature needs is not installed."""

    def __init__(self, feature: str, package: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{feature} needs {package}, which is not installed: pip install 'restorebench[{extra}]'")


class MetricUnavailableError(RestorebenchError):
    """A metric that cannot be computed here; the record holds null and this reason."""


class RunFolderError(RestorebenchError):
    """A run folder that is absent, broken or of another schema."""


class PlanMismatchError(RunFolderError):
    """The run folder was started with another plan; the message shows the difference."""


class IncomparableError(RunFolderError):
    """Two runs whose numbers cannot be set against each other; the message says why."""


class RunLockedError(RunFolderError):
    """Another process is writing this cell; the message says which."""


class JournalWriteError(RunFolderError):
    """A record could not be written; everything before it is safe."""


class ClusterError(RestorebenchError):
    """The workers of a cluster cannot be had, or cannot do the work; what was recorded is kept."""


class TrainingError(RestorebenchError):
    """A training cannot go on; what was saved is kept."""

    exit_code = 1


class RestorationError(RestorebenchError):
    """One image could not be restored; the run goes on and records why."""

    exit_code = 1


class StoppedError(RestorebenchError):
    """A cell was stopped because too many of its images failed; what was recorded is kept."""

    exit_code = 1


class ModelContractError(RestorebenchError, AssertionError):
    """A model does what it should not; the message is the table of all checks."""

    exit_code = 1


class OutOfMemoryError(RestorationError):
    """The device ran out of memory on one image; the message proposes `--tile`."""


def did_you_mean(name: str, known: Iterable[str], *, limit: int = 20) -> str:
    """The tail of an unknown-name message, from the full stop or question on.

    >>> did_you_mean("gorpo", ["gopro", "hide"])
    ': did you mean gopro?'
    >>> did_you_mean("zzz", ["gopro", "hide"])
    ': known are gopro, hide.'
    """
    names = sorted(known)
    lowered = {candidate.lower(): candidate for candidate in names}
    close = difflib.get_close_matches(name.lower(), lowered, n=3, cutoff=0.6)
    if close:
        return f": did you mean {' or '.join(lowered[match] for match in close)}?"
    if not names:
        return ": none is registered."
    shown = ", ".join(names[:limit])
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f": known are {shown}{more}."
