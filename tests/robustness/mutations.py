"""Ways to damage a file: byte by byte, or value by value in a document that stays well formed."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

__all__ = ["damaged_bytes", "damaged_json", "damaged_text", "odd_value"]

ODD_BYTES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)
ODD_NUMBERS = (0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 10**30, -(10**30), 0.5, -0.5, 1e308, -1e308, 5e-324)
ODD_TEXTS = ("", " ", "\0", "\ud800", "nan", "inf", "-inf", "../../x", "/", "a" * 1_000, "\u202eabc", "é", "psnr", "\n")
ODD_FLOATS = (float("nan"), float("inf"), float("-inf"))
LITERALS = ("1e400", "-1e400", "1" + "0" * 30, "1" + "0" * 5_000, "NaN", "-Infinity", '"\\ud800"', "[" * 50_000)
"""Values that stand in JSON but that Python would not write."""

MARK = "\N{SNOWMAN}literal\N{SNOWMAN}"


def damaged_bytes(content: bytes, draw: random.Random) -> bytes:
    """One to four changes: bits, bytes, numbers, cuts, copies, zeros."""
    data = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        if not data:
            break
        place, length = draw.randrange(len(data)), draw.choice((1, 2, 4, 8, 64, 1024))
        match draw.randrange(8):
            case 0:
                data[place] ^= 1 << draw.randrange(8)
            case 1:
                data[place] = draw.choice(ODD_BYTES)
            case 2:
                size = draw.choice((2, 4, 8))
                value = draw.choice((0, 1, 2 ** (8 * size - 1) - 1, 2 ** (8 * size - 1), 2 ** (8 * size) - 1))
                data[place : place + size] = value.to_bytes(size, draw.choice(("little", "big")))
            case 3:
                del data[place:]
            case 4:
                del data[place : place + length]
            case 5:
                data[place:place] = data[place : place + length]
            case 6:
                data[place : place + length] = bytes(min(length, len(data) - place))
            case _:
                data[place:place] = draw.randbytes(length)
    return bytes(data)


def odd_value(draw: random.Random) -> Any:
    """A value that few fields expect."""
    match draw.randrange(8):
        case 0:
            return draw.choice((None, True, False))
        case 1 | 2:
            return draw.choice(ODD_NUMBERS)
        case 3 | 4:
            return draw.choice(ODD_TEXTS)
        case 5:
            return draw.choice(ODD_FLOATS)
        case 6:
            return draw.choice(([], {}, [[]], [None], {"": 0}, {"a": {"b": 1}}))
        case _:
            return MARK + draw.choice(LITERALS) + MARK


def damaged_json(document: Any, draw: random.Random) -> str:
    """JSON of a document in which one to three values are exchanged, removed, renamed or repeated."""
    value = copy.deepcopy(document)
    for _ in range(draw.randint(1, 3)):
        value = _damaged(value, draw)
    text = json.dumps(value, ensure_ascii=False)
    for literal in LITERALS:
        text = text.replace(json.dumps(MARK + literal + MARK, ensure_ascii=False), literal)
    return text


def _damaged(document: Any, draw: random.Random) -> Any:
    places = list(_containers(document))
    if not places or draw.random() < 0.02:
        return odd_value(draw)
    container = draw.choice(places)
    keys = list(container) if isinstance(container, dict) else list(range(len(container)))
    key = draw.choice(keys)
    match draw.randrange(6):
        case 0:
            del container[key]
        case 1 if isinstance(container, dict):
            container[str(key) + draw.choice("xX ")] = container.pop(key)
        case 2 if isinstance(container, list):
            container.extend([container[key]] * draw.choice((1, 3)))
        case 3:
            container[key] = copy.deepcopy(draw.choice(places))
        case _:
            container[key] = odd_value(draw)
    return document


def _containers(value: Any) -> Any:
    """Every dictionary and list of the document that is not empty."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if children:
        yield value
    for child in children:
        yield from _containers(child)


def damaged_text(text: str, draw: random.Random) -> str:
    """Text in which a line is removed, repeated, or has its value exchanged, as in TOML."""
    lines = text.splitlines()
    for _ in range(draw.randint(1, 3)):
        place = draw.randrange(len(lines))
        name, equals, _ = lines[place].partition(" = ")
        match draw.randrange(5):
            case 0:
                lines[place] = ""
            case 1:
                lines.insert(draw.randrange(len(lines)), lines[place])
            case 2:
                lines[place] = f"{name}x{equals}{lines[place][len(name) + len(equals) :]}"
            case _ if equals:
                lines[place] = f"{name} = {_odd_toml(draw)}"
            case _:
                lines[place] = draw.choice(("[", "[[x]]", "]", '"', "= 1", "[a.b.c]", "\0"))
    return "\n".join(lines)


def _odd_toml(draw: random.Random) -> str:
    choices = (
        '""', "0", "-1", "1" + "0" * 30, "1" + "0" * 5_000, "nan", "inf", "-inf", "1e400", "true", "[]", "{}", "[[]]",
        '["a", "b"]', "1979-05-27", "07:32:00", "0.5", '"\\uD800"', '"../../x"',
        "[" * 20_000, '"""', "9223372036854775808",
    )  # fmt: skip
    return draw.choice(choices)
