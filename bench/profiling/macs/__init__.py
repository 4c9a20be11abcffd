"""Multiply-accumulates: counted by operator and module, and compared with published figures."""
