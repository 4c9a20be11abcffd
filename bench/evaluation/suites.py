"""Named suites of several data sets, as all-in-one papers measure them: `-d aio-3=FOLDER` stands for all of its parts.

A suite's mean is that of the means of its parts, whatever their numbers of images. PromptIR and AdaIR count every noise
level as a part, and crop by their own protocol on all tasks (c-yn/AdaIR, `test.py`, modes 5 and 6, and `INSTALL.md`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError, did_you_mean
from ..registry.specs import Spec, parse_spec

__all__ = ["SUITES", "Part", "Suite", "expand"]


@dataclass(frozen=True, slots=True)
class Part:
    """One data set of a suite."""

    name: str
    """Registered name: `cbsd68`."""

    folder: str = ""
    """Where its root is below the suite's folder."""

    options: Mapping[str, str] | None = None
    """Options of the data set: `{"sigma": "25"}`."""

    @property
    def dataset(self) -> str:
        """Name with options, as in a plan."""
        return str(Spec(self.name, None, dict(self.options or {})))


@dataclass(frozen=True, slots=True)
class Suite:
    """Data sets that a paper averages."""

    name: str
    title: str
    parts: tuple[Part, ...]
    protocol: str
    """`name@version` that measures all parts, if no other one is asked for."""

    source: str
    """File at a repository, or paper, that says which data sets these are."""

    def specs(self, spec: Spec) -> list[Spec]:
        """The parts' own specifications.

        Args:
            spec: of the suite: `aio-3=FOLDER`, with options such as `gopro=FOLDER` for parts that lie elsewhere.

        Raises:
            UsageError: an option names no part, or a part has no folder.
        """
        names = list(dict.fromkeys(part.name for part in self.parts))
        for name in spec.options:
            if name not in names:
                raise UsageError(f"The suite {self.name} has no part {name!r}{did_you_mean(name, names)}")
        absent = [name for name in names if name not in spec.options]
        if spec.path is None and absent:
            raise UsageError(
                f"{self.name} needs the folders of {', '.join(names)}: write {self.name}=FOLDER for one laid out as "
                f"`restorebench datasets show {self.name}` says, or {self.name}[{absent[0]}=FOLDER,...] for each."
            )
        return [Spec(part.name, self._root(part, spec), dict(part.options or {})) for part in self.parts]

    def _root(self, part: Part, spec: Spec) -> Path:
        own = spec.options.get(part.name)
        if own is not None:
            return Path(own).expanduser()
        return (spec.path or Path()) / part.folder


def _noise(sigma: int) -> Part:
    return Part("cbsd68", "denoise", {"sigma": str(sigma)})


RAIN, HAZE = Part("rain100l", "derain"), Part("sots-outdoor", "dehaze")

SUITES: dict[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite(
            "aio-3",
            "All-in-one, three tasks",
            (HAZE, RAIN, _noise(15), _noise(25), _noise(50)),
            "promptir@1",
            "va1shn9v/PromptIR, test.py, mode 3; c-yn/AdaIR, test.py, mode 5",
        ),
        Suite(
            "aio-5",
            "All-in-one, five tasks",
            (HAZE, RAIN, _noise(25), Part("gopro", "deblur/gopro"), Part("lol-v1", "enhance/lol")),
            "promptir@1",
            "c-yn/AdaIR, test.py, mode 6, of which the table shows sigma 25",
        ),
        Suite(
            "opir-3",
            "Rain, snow, haze",
            (RAIN, Part("snow100k-l", "desnow"), HAZE),
            "rgb@1",
            "this project's choice for the tasks of arXiv 2601.10192 (OPIR), whose abstract names no test sets; no "
            "published average compares with it",
        ),
    )
}
"""Suites by name."""


def expand(texts: Sequence[str], protocols: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Replace suites by their parts.

    Args:
        texts: data sets as on the command line: `aio-3=FOLDER`, `gopro=FOLDER`.
        protocols: those that were asked for; none for each data set's own.

    Returns:
        The data sets without suites, each once, and the protocols: those asked for, otherwise those of the suites.

    Raises:
        UsageError: a suite's option names no part, a part has no folder or two, or suites and other data sets stand
            together without a protocol for all of them.
    """
    specs = [(text, parse_spec(text)) for text in texts]
    suites = [SUITES[spec.name] for _, spec in specs if spec.name in SUITES]
    if not suites:
        return tuple(texts), tuple(protocols)
    own = {suite.protocol for suite in suites}
    others = [spec.name for _, spec in specs if spec.name not in SUITES]
    if not protocols and (others or len(own) > 1):
        raise UsageError(
            f"{suites[0].name} is measured by {suites[0].protocol} and {others[0] if others else suites[-1].name} by "
            f"another protocol: name one for all of them with -p, or run them one after the other."
        )
    found: dict[str, Path | None] = {}
    for _, spec in specs:
        for part in SUITES[spec.name].specs(spec) if spec.name in SUITES else [spec]:
            if found.setdefault(str(part), part.path) != part.path:
                raise UsageError(f"{part} is given as {found[str(part)]} and as {part.path}: keep one of them.")
    return tuple(name if path is None else f"{name}={path}" for name, path in found.items()), tuple(protocols or own)
