"""Sources of published numbers as bibliographies name them: files of repositories, pages, papers."""

from __future__ import annotations

import re
import urllib.parse

from .latex import escape_bibtex

__all__ = ["source_fields"]

GITHUB = re.compile(
    r"https://github\.com/(?P<owner>[^/]+)/(?P<repository>[^/]+)/blob/(?P<commit>[0-9a-f]{7,40})/(?P<path>\S+)"
)


def source_fields(source: str, year: int | None) -> dict[str, str]:
    """Fields of a web page or file: who published it, its name, its address, its state and its year.

    >>> source_fields("https://github.com/csdwren/PReNet/blob/6d908d1e3c/README.md", 2019)["title"]
    '{README.md of PReNet}'
    """
    parts = re.fullmatch(r"(?P<address>\S+?)(?: \((?P<remark>.*)\))?", source)
    address, remark = (parts["address"], parts["remark"] or "") if parts else (source, "")
    dated = {"year": str(year or "")}
    file = GITHUB.fullmatch(address)
    if file:
        name = urllib.parse.unquote(file["path"].rpartition("/")[2])
        note = "; ".join(filter(None, (f"commit {file['commit']}", remark)))
        return {
            "author": f"{{{escape_bibtex(file['owner'])}}}",
            "title": f"{{{escape_bibtex(name)} of {escape_bibtex(file['repository'])}}}",
            "howpublished": rf"\url{{{_url(address)}}}",
            "note": escape_bibtex(note),
            **dated,
        }
    web = address.startswith(("https://", "http://"))
    name = (
        f"{urllib.parse.urlsplit(address).hostname}: {remark or urllib.parse.urlsplit(address).path}" if web else source
    )
    return {
        "key": escape_bibtex(source),
        "title": f"{{{escape_bibtex(name)}}}",
        "howpublished": rf"\url{{{_url(address)}}}" if web else "",
        **dated,
    }


def _url(address: str) -> str:
    r"""An address inside `\url`, which takes all but unbalanced braces; what others would choke on is encoded."""
    return re.sub(r"[{}\\^`|\"<>\s]", lambda found: urllib.parse.quote(found[0]), address)
