"""Terminal output: printing, progress display, and the wording of counts."""
