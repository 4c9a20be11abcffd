"""Versions of partly downloaded files, as their servers name them.

A part whose digest nobody knows is continued only if the file is still the same, which HTTP's `If-Range` asks for.
"""

from __future__ import annotations

from email.message import Message
from pathlib import Path

__all__ = ["PartTag"]


class PartTag:
    """The address and version of a partly downloaded file."""

    def __init__(self, part: Path) -> None:
        self._file = part.with_name(f"{part.name}.tag")

    def version(self, url: str) -> str:
        """The version of which there is a part from this address; `""` if none is known."""
        try:
            address, _, version = self._file.read_text(encoding="utf-8").partition("\n")
        except (OSError, ValueError):
            return ""
        return version.strip() if address == url else ""

    def keep(self, url: str, headers: Message) -> None:
        """Note the version that a server sends; weak tags and servers without one leave none."""
        tag = headers.get("ETag", "")
        version = headers.get("Last-Modified", "") if not tag or tag.startswith("W/") else tag
        if version:
            self._file.write_text(f"{url}\n{version}", encoding="utf-8")
        else:
            self.drop()

    def drop(self) -> None:
        """Forget it."""
        self._file.unlink(missing_ok=True)
