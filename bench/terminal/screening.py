"""Characters that would do something to a terminal instead of being seen on it, such as an escape sequence in a title.

Names, keys and messages come from files of other people. Line ends and tabs are left as they are.
"""

from __future__ import annotations

__all__ = ["screened", "screened_json"]

CONTROL_PICTURES = 0x2400
"""Block of Unicode with a picture of each control character: ESC is `␛`."""

CONTROLS = frozenset({*range(0x20), 0x7F, *range(0x80, 0xA0)} - {ord("\t"), ord("\n")})
REORDERING = frozenset({0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)})
"""Bidirectional controls, which let a name look like another one."""

LINE_ENDS = frozenset({0x2028, 0x2029})
BECOMES = {
    **dict.fromkeys((*CONTROLS, *REORDERING, *LINE_ENDS), "\N{REPLACEMENT CHARACTER}"),
    **{code: chr(CONTROL_PICTURES + code) for code in CONTROLS if code < ord(" ")},
    0x7F: "\N{SYMBOL FOR DELETE}",
}
IN_JSON = {code: f"\\u{code:04x}" for code in BECOMES}


def screened(text: str) -> str:
    r"""Replace what acts on a terminal by one visible character each.

    >>> screened("\x1b[31mred\x07, \u202etxt.exe")
    '␛[31mred␇, �txt.exe'
    """
    return text.translate(BECOMES)


def screened_json(document: str) -> str:
    r"""Replace what acts on a terminal by JSON's own escapes, so that a program reads the same document.

    >>> screened_json('"\x9b31m"')
    '"\\u009b31m"'
    """
    return document.translate(IN_JSON)
