"""How results look in a notebook: one line, and a small table."""
