"""The machine: its hardware and software as recorded, its process settings, and locks of its GPUs."""
