from __future__ import annotations

import base64
import json
from pathlib import Path

from restorebench.reports.page.pixel_scripts import write_pixel_scripts


def test_every_picture_has_a_script_with_its_bytes(tmp_path: Path):
    files = tmp_path / "files"
    for name, content in (("0/0-target.png", b"one"), ("1/3-2.png", b"two")):
        (files / name).parent.mkdir(parents=True)
        (files / name).write_bytes(content)
    (files / "images-0.js").write_text("untouched")
    write_pixel_scripts(tmp_path, files)
    text = (files / "1" / "3-2.js").read_text(encoding="utf-8")
    name, content = json.loads(f"[{text.removeprefix('restorebench.deliverPicture(').removesuffix(');' + chr(10))}]")
    assert name == "files/1/3-2.png"
    assert base64.b64decode(content.removeprefix("data:image/png;base64,")) == b"two"
    assert sorted(path.name for path in files.rglob("*.js")) == ["0-target.js", "3-2.js", "images-0.js"]
    assert (files / "images-0.js").read_text() == "untouched"
