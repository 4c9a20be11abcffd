"""Scripts with the content of pictures, because a page from disk may show a picture file but not read it."""

from __future__ import annotations

from pathlib import Path

from .payload import data_address, relative_path, script_json

__all__ = ["write_pixel_scripts"]


def write_pixel_scripts(folder: Path, files: Path) -> None:
    """Write a script beside every PNG that delivers it as a data URL, which the viewer loads to draw an error.

    Args:
        folder: folder of the page; pictures are named relative to it.
        files: folder of the pictures.
    """
    for picture in sorted(files.rglob("*.png")):
        name, content = script_json(relative_path(picture, folder)), script_json(data_address(picture))
        picture.with_suffix(".js").write_text(f"restorebench.deliverPicture({name},{content});\n", encoding="utf-8")
