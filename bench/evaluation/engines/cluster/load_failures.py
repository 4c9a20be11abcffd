"""Models that failed to load, by machine."""

from __future__ import annotations

__all__ = ["LoadFailures"]


class LoadFailures:
    """Failures to load models, by machine: files, packages and memory are shared by all workers on it."""

    def __init__(self) -> None:
        self._hosts: dict[int, set[str]] = {}
        self.reasons: dict[int, str] = {}
        """The first reason for each model."""

    def add(self, model: int, host: str, reason: str) -> bool:
        """Record a failure; return whether it is the first of this model on this machine."""
        self.reasons.setdefault(model, reason)
        hosts = self._hosts.setdefault(model, set())
        first = host not in hosts
        hosts.add(host)
        return first

    def on(self, host: str) -> set[int]:
        """Models that failed to load on a machine."""
        return {model for model, hosts in self._hosts.items() if host in hosts}
