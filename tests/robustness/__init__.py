"""Seeded fuzzers of everything that reads files: a few seconds each, longer with RESTOREBENCH_FUZZ_SECONDS."""
