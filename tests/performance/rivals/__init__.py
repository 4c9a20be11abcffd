"""Other libraries measured beside this one, for `tests/performance/speed.py`."""
