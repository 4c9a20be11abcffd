"""Archives of folders, of every kind that can be read in place."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

__all__ = ["KINDS", "pack"]

KINDS = ("zip", "tar", "tar.gz", "tgz")


def pack(folder: Path, archive: Path, top: str = "") -> Path:
    """Pack everything below a folder, in the order of the names, under `top`; the suffix says the kind."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path != archive]
    names = {path: "/".join(filter(None, (top, path.relative_to(folder).as_posix()))) for path in files}
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for path, name in names.items():
                packed.write(path, name)
    else:
        with tarfile.open(archive, "w" if archive.suffix == ".tar" else "w:gz") as packed:
            for path, name in names.items():
                packed.add(path, name)
    return archive
