"""LaTeX tables for papers, with booktabs."""

from __future__ import annotations

import re
import textwrap

from .sheet import NumberCell, Sheet

__all__ = ["escape_bibtex", "escape_latex", "render_latex"]

ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    "\N{EN DASH}": r"\textendash{}",
    "\N{EM DASH}": r"\textemdash{}",
    "\N{MINUS SIGN}": "$-$",
    "±": r"$\pm$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "∞": r"$\infty$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "·": r"\textperiodcentered{}",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "μ": r"$\mu$",
    "…": r"\ldots{}",
    "†": r"\textdagger{}",
    "‡": r"\textdaggerdbl{}",
    "§": r"\S{}",
    "¶": r"\P{}",
    "‖": r"\textbardbl{}",
    "○": r"$\circ$",
    "⊙": r"$\odot$",
    "●": r"$\bullet$",
}  # fmt: skip -- one character beside another
LAST_LATIN = "\u024f"
BREAK = r"\\"
ADDRESS = re.compile(r"(https?://[^\s{}\\^`|\"<>]+)")
WIDEST_HEADING = 14
"""Characters of a heading over numbers, from which it is broken at spaces."""


def render_latex(sheet: Sheet) -> str:
    r"""Render a sheet as `tabular`: best `\textbf`, second `\underline`, published results in brackets."""
    heads = [
        rf"\multicolumn{{{len(column.metrics)}}}{{c}}{{{escape_latex(column.title)}{_signs(column.signs)}{_cite(column.citation)}}}"
        for column in sheet.columns
    ]
    protocols = [
        rf"\multicolumn{{{len(column.metrics)}}}{{c}}{{\footnotesize {escape_latex(column.protocol)}}}"
        for column in sheet.columns
    ]
    metrics = [_heading(metric) for column in sheet.columns for metric in column.metrics]
    lines = [
        *_preamble(sheet),
        rf"\begin{{tabular}}{{l{'r' * len(metrics)}}}",
        r"\toprule",
        _line(["", *heads]),
        *([_line(["", *protocols])] if any(column.protocol for column in sheet.columns) else []),
        _rules(sheet),
        _line([sheet.lead[1], *metrics]),
        r"\midrule",
    ]
    named = sheet.lead[0] not in {"Family", ""}  # a family only gets a rule; years and data sets get a heading
    previous = None
    for row in sheet.rows:
        if row.group != previous:
            lines += [r"\midrule"] * (previous is not None)
            lines += [_line([rf"\multicolumn{{{len(metrics) + 1}}}{{l}}{{{escape_latex(row.group)}}}"])] * named
        lines.append(_line([escape_latex(row.title) + _cite(row.citation), *map(_cell, row.cells)]))
        previous = row.group
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", *_notes(sheet), ""])


def escape_latex(text: str) -> str:
    r"""Escape text for LaTeX, on one line.

    >>> escape_latex("a_b&c%d"), escape_latex("<x>"), escape_latex("a--b")
    ('a\\_b\\&c\\%d', '\\textless{}x\\textgreater{}', 'a-{}-b')
    """
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    escaped = "".join(ESCAPES.get(character, character) for character in line)
    return re.sub("-(?=-)", "-{}", escaped)  # two hyphens would print as a dash


def escape_bibtex(text: str) -> str:
    r"""Escape text for a field of BibTeX, which counts braces even behind a backslash.

    >>> escape_bibtex("a{b&c")
    'a\\textbraceleft{}b\\&c'
    """
    return escape_latex(text).replace(r"\{", r"\textbraceleft{}").replace(r"\}", r"\textbraceright{}")


def _preamble(sheet: Sheet) -> list[str]:
    # For the bibliography, or for addresses in the notes.
    addresses = any(row.citation for row in sheet.rows) or any(ADDRESS.search(note) for _, note in sheet.notes)
    url = r" \usepackage{url}" if addresses else ""
    lines = [rf"% \usepackage{{booktabs}} \usepackage[T1]{{fontenc}}{url}"]
    texts = [column.title for column in sheet.columns] + [row.title for row in sheet.rows]
    if any(character > LAST_LATIN and character not in ESCAPES for text in texts for character in text):
        lines.append("% names in other scripts: compile with XeLaTeX or LuaLaTeX and a font that has them")
    return lines


def _rules(sheet: Sheet) -> str:
    rules: list[str] = []
    start = 2
    for column in sheet.columns:
        rules.append(rf"\cmidrule(lr){{{start}-{start + len(column.metrics) - 1}}}")
        start += len(column.metrics)
    return " ".join(rules)


def _heading(text: str) -> str:
    """A heading on several lines if it is much wider than the numbers below it."""
    lines = [escape_latex(line) for line in textwrap.wrap(text, WIDEST_HEADING, break_long_words=False)]
    return lines[0] if len(lines) == 1 else rf"\shortstack[r]{{{BREAK.join(lines)}}}"


def _cite(keys: str) -> str:
    return rf"~\cite{{{keys}}}" if keys else ""


def _line(cells: list[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def _cell(cell: NumberCell) -> str:
    number = escape_latex(cell.text)
    text = {0: number, 1: rf"\textbf{{{number}}}", 2: rf"\underline{{{number}}}"}[cell.rank]
    published = f" ({escape_latex(cell.published)}{_signs(cell.published_signs)})" if cell.published else ""
    delta = rf" {{\scriptsize ${cell.delta}$}}" if cell.delta else ""
    return f"{text}{_signs(cell.signs)}{delta}{published}"


def _signs(signs: tuple[str, ...]) -> str:
    return rf"\textsuperscript{{{escape_latex(''.join(signs))}}}" if signs else ""


def _note(text: str) -> str:
    r"""A note with its addresses in `\url`, which breaks their lines."""
    parts = (part.strip() for part in ADDRESS.split(text))
    made = (rf"\url{{{part}}}" if index % 2 else escape_latex(part) for index, part in enumerate(parts))
    return " ".join(filter(None, made))


def _notes(sheet: Sheet) -> list[str]:
    notes = [rf"{_signs((sign,))}\,{_note(note)}" for sign, note in sheet.notes]
    if any(cell.published for row in sheet.rows for cell in row.cells):
        sources = f"; published values from{_cite(','.join(sheet.sources))}" if sheet.sources else ""
        notes.insert(0, f"measured (published){sources}")
    if not notes:
        return []
    return [r"\par\smallskip", r"{\footnotesize", *(rf"{note}\\" for note in notes[:-1]), f"{notes[-1]}}}"]
