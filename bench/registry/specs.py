"""Specifications on the command line: `NAME`, `NAME=PATH`, `NAME[option=value,...]=PATH`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import UsageError
from .options import bind_options

__all__ = ["PROGRAM", "Spec", "bind_options", "parse_spec", "with_path"]

PROGRAM = "cmd:"
"""Begins the name of a model that is a program of its own; its words may hold `=` and brackets."""

OPENING, CLOSING, QUOTES = "[{(", "]})", "\"'"


@dataclass(frozen=True, slots=True)
class Spec:
    """A parsed `NAME[option=value,...]=PATH`."""

    name: str
    path: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    def __str__(self) -> str:
        options = ",".join(f"{key}={value}" for key, value in self.options.items())
        return f"{self.name}[{options}]" if options else self.name


def parse_spec(text: str) -> Spec:
    """Parse a specification; the first `=` outside brackets starts the path.

    A value may hold brackets of its own and, in quotes, anything: `NAME[widths=[1,2],title="a, b"]`. What follows
    `cmd:` is a command line up to options at its very end.

    Raises:
        UsageError: an unclosed bracket, an option without a value, or an empty name or path.

    >>> parse_spec("gopro[variant=blur_gamma]=C:/data")
    Spec(name='gopro', path=PosixPath('C:/data'), options={'variant': 'blur_gamma'})
    """
    if text.startswith(PROGRAM):
        return _parse_program(text)
    head, bracket, _ = text.partition("[")
    if bracket and "=" not in head:
        end = _closing(text, len(head))
        if end is None:
            raise UsageError(f"{text!r} has an opening bracket but no closing one: write NAME[option=value]=PATH.")
        name, tail = head, text[end + 1 :]
        options, path = _parse_options(text[len(head) + 1 : end], text), tail.removeprefix("=")
        if tail and not tail.startswith("="):
            raise UsageError(f"{text!r} has text after its bracket that is not =PATH: write NAME[option=value]=PATH.")
        has_path = bool(tail)
    else:
        name, separator, path = text.partition("=")
        options, has_path = {}, bool(separator)
    if not name.strip():
        raise UsageError(f"{text!r} has no name: write NAME=PATH.")
    if has_path and not path:
        raise UsageError(f"{text!r} has an empty path after its '=': write NAME=PATH.")
    return Spec(name.strip(), Path(path).expanduser() if has_path else None, options)


def with_path(spec: Spec, path: str | Path | None) -> Spec:
    """Replace the path of a specification, if one is given."""
    return spec if path is None else replace(spec, path=Path(path).expanduser())


def _parse_program(text: str) -> Spec:
    """Options are a bracket that ends the text, is no word of its own and begins with `name=`."""
    for start in (place for place, character in enumerate(text) if character == "["):
        first, equals, _ = text[start + 1 :].partition("=")
        if equals and first.isidentifier() and text[start - 1] != " " and _closing(text, start) == len(text) - 1:
            return Spec(text[:start].strip(), None, _parse_options(text[start + 1 : -1], text))
    return Spec(text.strip())


def _parse_options(inside: str, text: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in _split(inside))):
        key, separator, value = item.partition("=")
        if not separator:
            raise UsageError(f"Option {item!r} in {text!r} has no value: write {item}=VALUE.")
        options[key.strip()] = value.strip()
    return options


def _closing(text: str, start: int) -> int | None:
    """The place of the bracket that closes the one at `start`."""
    return next((place for place, depth in _depths(text, start) if depth == 0), None)


def _split(text: str) -> list[str]:
    """The parts between commas that stand outside brackets and quotes."""
    commas = [place for place, depth in _depths(text, 0) if depth == 0 and text[place] == ","]
    return [text[start + 1 : end] for start, end in zip([-1, *commas], [*commas, len(text)], strict=True)]


def _depths(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Every character outside quotes, by place, with how many brackets are open after it."""
    depth, quote, before = 0, "", "["
    for place in range(start, len(text)):
        character = text[place]
        if quote:
            quote = "" if character == quote else quote
            continue
        if character in QUOTES and before in "=,[{(" and character in text[place + 1 :]:
            quote = character
            continue
        depth += (character in OPENING) - (character in CLOSING)
        yield place, depth
        before = before if character == " " else character
