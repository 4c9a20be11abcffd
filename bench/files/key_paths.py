r"""File paths for the keys of images: one file for each key on every file system, and back.

A key whose parts are plain is its own path. What some file system does not keep is written with a percent sign, part by
part, so that two keys never share a file even where case and Unicode composition do not count:

| in a key | in its path |
| --- | --- |
| `%` `<>:"\|?*`, control characters, a dot or space at the end | `%` and two hexadecimal digits for each byte |
| letters beyond ASCII that are capital, or not composed | the same |
| a name that Windows reserves, such as `con` | its first letter the same |
| capital letters | `%-` and a mask of them at the end: `Frame` is `Frame%-1` (the names of GoPro's cameras are usual) |
| nothing between two slashes | `%-0` |
| a part or a key too long for a file system | its beginning, `%=`, and a hash |
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

__all__ = ["KeyFiles", "existing_key_path", "former_key_path", "is_reserved", "key_path", "path_key"]

LONGEST_PART, LONGEST_KEY = 120, 240
"""Bytes; file systems take names of 255, of which suffixes and temporary files need some, and Windows paths of 260."""

LONGEST_FORMER = 240
"""Bytes of a name, without its suffix, that version 0.1.0 could write."""

BEGINNING = 40
"""Characters of a long part that its path still shows."""

UNSAFE = frozenset('%<>:"\\|?*\x7f')
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\.|$)", re.IGNORECASE)
USUAL_CAPITALS = re.compile(r"gopr(?=\d)", re.IGNORECASE)
"""Letters that are usually capital, in the frames of GoPro and HIDE; all others are usually small."""


def key_path(folder: Path, key: str, suffix: str) -> Path:
    """Path of the file of a key, always inside the folder, and of no other key.

    Args:
        folder: where the files of all keys are.
        key: any text; its slashes make folders.
        suffix: of the file, with its dot, or `""`.

    >>> key_path(Path("restored"), "GOPR0384_11_00/000001", ".png").as_posix()
    'restored/GOPR0384_11_00/000001.png'
    >>> key_path(Path("restored"), "../a b:c", ".png").as_posix()
    'restored/.%2e/a b%3ac.png'
    """
    parts = [_encoded(part) for part in key.split("/")]
    if sum(len(part.encode()) + 1 for part in parts) > LONGEST_KEY:
        parts = [_shortened(parts[0], key)]
    # A folder must not have the name of a file: that of `a.png/b` is not the file of `a`.
    folders = [f"{part[: -len(suffix)]}%2e{suffix[1:]}" if suffix and part.endswith(suffix) else part for part in parts]
    return folder.joinpath(*folders[:-1], f"{parts[-1]}{suffix}")


def is_reserved(name: str) -> bool:
    """Whether Windows takes the name of a file for a device, whatever its suffix.

    >>> is_reserved("aux"), is_reserved("Nul.onnx"), is_reserved("auxiliary")
    (True, True, False)
    """
    return RESERVED.match(name) is not None


def path_key(path: PurePosixPath) -> str | None:
    """The key whose path below its folder this is, without suffix.

    `None` where a hash stands for a long key, and for a file that is of no key.

    >>> path_key(PurePosixPath(".%2e/a b%3ac"))
    '../a b:c'
    """
    try:
        parts = [_decoded(part) for part in path.parts]
    except ValueError:  # what follows a percent sign is no number, or no text
        return None
    return None if None in parts else "/".join(part or "" for part in parts)


def former_key_path(folder: Path, key: str, suffix: str) -> Path | None:
    """Where version 0.1.0 put the file of a key; `None` for a key with `:`, `?` and the like.

    That version gave such a key a name that other keys have as well, so its file may be another's.
    """
    parts = key.split("/")
    if not key.isprintable() or any(set(part) & UNSAFE or not part.strip(". ") for part in parts):
        return None
    if any(len(part.encode()) > LONGEST_FORMER for part in parts):
        return None
    return folder.joinpath(*parts[:-1], f"{parts[-1]}{suffix}")


def existing_key_path(folder: Path, key: str, suffix: str) -> Path:
    """Path of the file of a key where there is one: at `key_path`, or else at `former_key_path`."""
    path = key_path(folder, key, suffix)
    former = None if path.is_file() else former_key_path(folder, key, suffix)
    return former if former is not None and former.is_file() else path


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The keys that a folder may hold files of, from one look at it: most keys of a large data set have none."""

    keys: frozenset[str]
    """Composed; see `_composed`."""

    hashed: bool
    """Whether some file is of a key that its path does not tell, which may be any."""

    @classmethod
    def below(cls, folder: Path, suffix: str) -> KeyFiles:
        """Look for files with a suffix at any depth; a folder that is not there has none."""
        keys: set[str] = set()
        hashed = False
        for path in folder.rglob(f"*{suffix}"):
            name = PurePosixPath(path.relative_to(folder).as_posix().removesuffix(suffix))
            key = path_key(name)
            hashed = hashed or key is None
            keys.update({str(name)} if key is None else {key, str(name)})  # the latter is that of version 0.1.0
        return cls(frozenset(map(_composed, keys)), hashed)

    def may_have(self, key: str) -> bool:
        """Whether a file of the key may have been there; without one, it was certainly not."""
        return self.hashed or _composed(key) in self.keys


def _composed(key: str) -> str:
    """A key as it compares with names from a folder: some file systems change their composition."""
    return unicodedata.normalize("NFC", key)


def _encoded(part: str) -> str:
    """A part of a key as a name."""
    composed = unicodedata.is_normalized("NFC", part)
    body = "".join(_escaped(letter) if _needs_escape(letter, composed=composed) else letter for letter in part)
    if not unicodedata.is_normalized("NFC", body):
        body = "".join(letter if letter.isascii() else _escaped(letter) for letter in body)
    if body.endswith((".", " ")):
        body = body[:-1] + _escaped(body[-1])
    if is_reserved(part):
        body = _escaped(part[0]) + body[1:]
    mask = _mask(part)
    name = f"{body}%-{mask:x}" if mask or not part else body
    return name if len(name.encode()) <= LONGEST_PART else _shortened(name, part)


def _needs_escape(letter: str, *, composed: bool) -> bool:
    if letter.isascii():
        return letter in UNSAFE or letter < " "
    small = letter.upper().casefold() == letter
    return not composed or not small or bool(unicodedata.combining(letter)) or not letter.isprintable()


def _escaped(letter: str) -> str:
    return "".join(f"%{byte:02x}" for byte in letter.encode("utf-8", "surrogatepass"))


def _shortened(name: str, whole: str) -> str:
    """The beginning of a name, without what it escapes, and a hash of all that it stands for."""
    shown = re.sub(r"%(-[0-9a-f]+|[0-9a-f]{2})", "_", name)
    shown = "".join(letter for letter in shown.lower() if letter.isascii())[:BEGINNING]
    return f"{shown}%={hashlib.sha256(whole.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _mask(part: str) -> int:
    """A bit for each ASCII letter, the first one lowest: whether it is not as it usually is."""
    letters = [index for index, letter in enumerate(part) if letter.isascii() and letter.isalpha()]
    usual = _usual_capitals(part)
    return sum(1 << bit for bit, index in enumerate(letters) if part[index].isupper() != (index in usual))


def _usual_capitals(part: str) -> set[int]:
    return {index for found in USUAL_CAPITALS.finditer(part) for index in range(*found.span())}


def _decoded(name: str) -> str | None:
    """The part of a key that a name stands for; `None` for a hash."""
    if "%=" in name:
        return None
    body, _, mask = name.partition("%-")
    escaped = re.sub(r"(?:%[0-9a-fA-F]{2})+", _unescaped, body)
    bits = int(mask, 16) if mask else 0
    usual = _usual_capitals(escaped)
    letters = [index for index, letter in enumerate(escaped) if letter.isascii() and letter.isalpha()]
    capitals = {index for bit, index in enumerate(letters) if (index in usual) != bool(bits >> bit & 1)}
    return "".join(
        letter if index not in letters else letter.upper() if index in capitals else letter.lower()
        for index, letter in enumerate(escaped)
    )


def _unescaped(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "surrogatepass")
