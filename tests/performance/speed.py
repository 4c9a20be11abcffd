"""This project and others at the same tasks, in one run: the tables of docs/explanation/speed.md.

Works take turns, and ratios are made round by round; see `rivals/turns.py`. Libraries that are not installed are named
in the tables; `pip install '.[benchmark]'` installs them, but for pyiqa, whose licence is non-commercial.

    python tests/performance/speed.py              measure, and write the page and the file of ratios beside it
    python tests/performance/speed.py --quick      a fifth of the time; prints, and writes nothing
    python tests/performance/speed.py --check      exit 1 if we became slower against a peer than the file says
    python tests/performance/speed.py --draw       write the page again from the file, measuring nothing
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from performance.rivals.command import main

if __name__ == "__main__":
    sys.exit(main(__doc__ or ""))
