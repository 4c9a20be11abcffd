"""Pure functions from images to numbers, one idea a file."""
