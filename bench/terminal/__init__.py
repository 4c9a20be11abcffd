"""The terminal: everything that is printed, the progress of long work, and the wording of counts."""
