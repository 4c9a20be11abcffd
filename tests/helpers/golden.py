"""The golden values of the official evaluation code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Golden"]


@dataclass(frozen=True)
class Golden:
    """A file of expected values, `evaluators/expected.json`, and the images that its values belong to."""

    folder: Path
    file: str = "expected.json"

    @cached_property
    def document(self) -> dict[str, Any]:
        """The file as it is."""
        return json.loads((self.folder / self.file).read_text())

    @cached_property
    def pairs(self) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
        """Name to (restored, target); the second file uses those of the first too."""
        first = json.loads((self.folder / "expected.json").read_text())["pairs"]
        known = {**first, **self.document["pairs"]}
        return {name: (self._read(e["pred"]), self._read(e["gt"])) for name, e in known.items()}

    def entries(self, protocol: str, metric: str) -> list[dict[str, Any]]:
        """The values of one metric by one official script."""
        return [e for e in self.document["expected"] if (e["protocol"], e["metric"]) == (protocol, metric)]

    def tolerance(self, protocol: str) -> float:
        """How far from the script's values a correct implementation may be."""
        return self.document["protocols"][protocol]["tol"]

    def raises(self, protocol: str, metric: str) -> set[str]:
        """The pairs on which the official script fails."""
        return {e["pair"] for e in self.document["raises"] if (e["protocol"], e["metric"]) == (protocol, metric)}

    def _read(self, relative: str) -> NDArray[Any]:
        path = self.folder / relative
        if path.suffix == ".npy":
            return np.load(path)
        with Image.open(path) as image:
            return np.asarray(image)
