from __future__ import annotations

import subprocess
import sys
from typing import Any

from restorebench import bench

surface: Any = bench


def test_every_name_of_the_surface_can_be_imported_and_they_are_sorted():
    assert surface.__all__ == sorted(surface.__all__)
    assert set(surface.__all__) <= set(dir(surface))
    for name in surface.__all__:
        assert getattr(surface, name).__name__ == name


def test_importing_the_surface_imports_nothing_heavy():
    heavy = "{'torch', 'scipy', 'pandas', 'matplotlib', 'lpips', 'skimage', 'cv2'}"
    code = f"import sys, restorebench.bench, restorebench.bench.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
