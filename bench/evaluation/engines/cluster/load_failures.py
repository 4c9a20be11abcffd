"""Which models cannot be loaded on which machines."""

from __future__ import annotations

__all__ = ["Refusals"]


class Refusals:
    """Remembers what workers refused: files, packages and memory are those of a machine, so that all on it would."""

    def __init__(self) -> None:
        self._hosts: dict[int, set[str]] = {}
        self.reasons: dict[int, str] = {}
        """The first for each model."""

    def add(self, model: int, host: str, reason: str) -> bool:
        """A worker on a machine refused a model; returns whether that is news."""
        self.reasons.setdefault(model, reason)
        hosts = self._hosts.setdefault(model, set())
        news = host not in hosts
        hosts.add(host)
        return news

    def of(self, host: str) -> set[int]:
        """Models that a machine refuses."""
        return {model for model, hosts in self._hosts.items() if host in hosts}
