"""`restorebench doctor`: what is installed, what is missing and how to get it."""


def doctor() -> int:
    """Say what is installed, what is missing and how to get it."""
    return 0
