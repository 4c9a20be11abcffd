"""Archives read as folders: zip, tar and tar.gz, without unpacking anything to disk."""

from __future__ import annotations

from .paths import ArchivePath, is_archive, within_archive

__all__ = ["ArchivePath", "is_archive", "within_archive"]
