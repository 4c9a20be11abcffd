"""Files on disk: atomic writes, folder locks, images and their fingerprints, JSON and TOML."""
