"""Other places of official weights, for machines that cannot reach their authors' address.

A mirror is trusted with nothing: only files whose sha256 is known are taken from one.
"""

from __future__ import annotations

import os
import re
from urllib.parse import quote, urlsplit

from ..errors import UsageError

__all__ = ["HUB", "mirrored_address"]

HUB = "https://huggingface.co"
"""Where repositories of the Hugging Face Hub are, unless $HF_ENDPOINT names another place."""

_HUB = re.compile(r"hf://(?P<repository>[\w.-]+/[\w.-]+?)(?:@(?P<revision>[\w./-]+?))?(?:/(?P<folder>[^@]+?))?/?")


def mirrored_address(mirror: str, filename: str) -> str:
    """The address of a file on a mirror.

    Args:
        mirror: `https://files.example.org/weights`, a folder on a server; or `hf://OWNER/REPOSITORY`, a repository of
            models on the Hugging Face Hub, which may go on with `@REVISION` and `/FOLDER`.
        filename: name of the file in that folder.

    Raises:
        UsageError: it is neither.

    >>> mirrored_address("https://files.example.org/weights/", "a b.pth")
    'https://files.example.org/weights/a%20b.pth'
    """
    hub = _HUB.fullmatch(mirror)
    if hub:
        endpoint = (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
        place = "/".join(filter(None, (hub["folder"], filename)))
        revision = quote(hub["revision"] or "main", safe="")
        return f"{endpoint}/{hub['repository']}/resolve/{revision}/{quote(place)}"
    parts = urlsplit(mirror)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            f"--mirror {mirror} is not a place of files: give https://HOST/FOLDER, or hf://OWNER/REPOSITORY of the "
            "Hugging Face Hub."
        )
    return f"{mirror.rstrip('/')}/{quote(filename)}"
