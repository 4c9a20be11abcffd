"""Make `baselines/sizes.json`: parameters, and bytes of parameters and buffers, of every network of this package.

python tests/helpers/network_sizes.py baselines/sizes.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from restorebench.baselines import MODELS as CATALOGUE
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.network_sizes import count_network


def make() -> str:
    counted = {
        name: count_network(MODELS.get(name)) for name in sorted(CATALOGUE) if MODELS.get(name).from_file is None
    }
    lines = [f"{json.dumps(name)}: [{size.parameters}, {size.bytes}]" for name, size in counted.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(make(), encoding="utf-8")
