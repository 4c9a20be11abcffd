"""The machine: recorded hardware and software, process settings, and GPU locks."""
