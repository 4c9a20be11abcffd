"""Nothing that a decoder says of a damaged file reaches the terminal, and nobody else's messages are lost."""

from __future__ import annotations

import logging
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from helpers.tiffs import tiff_file
from restorebench.bench.files.quiet_decoders import quiet_decoders

SCRIPT = """
import sys
from pathlib import Path
from restorebench.bench.errors import ImageError
from restorebench.bench.files.images import decode_image
for path in map(Path, sys.argv[1:]):
    try:
        decode_image(path, path.name)
    except ImageError as error:
        print(error)
"""


def test_a_process_that_reads_damaged_tiffs_prints_its_own_sentences_alone(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    for depth in (np.uint8, np.uint16):
        for planar in (False, True):
            for compression in ("lzw", "deflate"):
                whole = bytearray(
                    tiff_file(samples.astype(depth), photometric=2, planar=planar, compression=compression)
                )
                whole[20:60] = b"\xff" * 40
                (tmp_path / f"{depth.__name__}-{planar}-{compression}.tif").write_bytes(whole)
    files = sorted(map(str, tmp_path.glob("*.tif")))
    done = subprocess.run([sys.executable, "-c", SCRIPT, *files], capture_output=True, text=True, check=True)  # noqa: S603 -- our own script
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == len(files)


def test_messages_of_others_are_heard(caplog: pytest.LogCaptureFixture) -> None:
    with quiet_decoders():
        logging.getLogger("tifffile").error("about our file")
        logging.getLogger("mine").error("mine")
    logging.getLogger("tifffile").error("about another file")
    assert caplog.messages == ["mine", "about another file"]


def test_warnings_of_other_modules_are_heard() -> None:
    with quiet_decoders(), pytest.warns(UserWarning, match="mine"):
        warnings.warn("mine", stacklevel=1)
    with quiet_decoders():
        warnings.warn_explicit("unknown tag", UserWarning, "TiffImagePlugin.py", 1, module="PIL.TiffImagePlugin")
