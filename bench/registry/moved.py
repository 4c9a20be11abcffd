"""Forwarding of module paths from version 0.1.0, with a deprecation warning in 0.2; to be removed in 0.3."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["forward_moved_modules"]

_ROOT = "restorebench."

_MOVED: dict[str, tuple[str, ...]] = {
    "bench.api": ("bench.evaluation.evaluate", "bench.evaluation.model_cell"),
    "bench.bootstrap": ("bench.statistics.bootstrap",),
    "bench.cell": ("bench.evaluation.cell", "bench.evaluation.in_process"),
    "bench.checkpoints": ("bench.models.checkpoints", "bench.models.identify", "bench.models.fitting"),
    "bench.codec": ("bench.files.codec",),
    "bench.comparison.cost_record": ("bench.runs.costs",),
    "bench.comparison.facts": ("bench.metrics.metric", "bench.metrics.registry"),
    "bench.comparison.identity": ("bench.verdict.identity",),
    "bench.comparison.metric": ("bench.comparison.metric_comparison",),
    "bench.devices": ("bench.machine.gpu_locks",),
    "bench.display": ("bench.terminal.display",),
    "bench.downloads": ("bench.models.downloads", "bench.models.fetchables", "bench.models.cache"),
    "bench.engines": ("bench.evaluation.engines",),
    "bench.engines.causes": ("bench.evaluation.engines.cluster.worker_loss",),
    "bench.engines.cluster": ("bench.evaluation.engines.cluster.connection",),
    "bench.engines.contract": ("bench.evaluation.engines.contract",),
    "bench.engines.driver": ("bench.evaluation.engines.cluster.driver",),
    "bench.engines.handshake": ("bench.evaluation.engines.cluster.handshake",),
    "bench.engines.ledger": ("bench.evaluation.engines.cluster.ledger",),
    "bench.engines.local": ("bench.evaluation.engines.local",),
    "bench.engines.options": ("bench.evaluation.engines.options",),
    "bench.engines.pool": ("bench.evaluation.engines.cluster.pool",),
    "bench.engines.profiling": ("bench.evaluation.engines.cluster.profiling",),
    "bench.engines.ray": ("bench.evaluation.engines.cluster.engine",),
    "bench.engines.reception": ("bench.evaluation.engines.cluster.admission",),
    "bench.engines.refusals": ("bench.evaluation.engines.cluster.load_failures",),
    "bench.engines.shards": ("bench.evaluation.engines.cluster.shards",),
    "bench.engines.shipping": ("bench.evaluation.engines.cluster.transfer",),
    "bench.engines.supply": ("bench.evaluation.engines.cluster.worker_inputs",),
    "bench.engines.worker": ("bench.evaluation.engines.cluster.worker",),
    "bench.environment": ("bench.machine.environment",),
    "bench.fields": ("bench.runs.fields", "bench.models.physics.maps", "bench.evaluation.in_process"),
    "bench.fingerprints": ("bench.files.fingerprints",),
    "bench.images": ("bench.files.images",),
    "bench.inference": (
        "bench.models.inference",
        "bench.models.arithmetic",
        "bench.models.outputs",
        "bench.models.padding",
        "bench.models.tiles",
    ),
    "bench.journal": ("bench.runs.journal",),
    "bench.locking": ("bench.files.folder_lock",),
    "bench.manifests": ("bench.models.identify",),
    "bench.matrix": ("bench.evaluation.matrix", "bench.evaluation.engines.contract"),
    "bench.merging": ("bench.runs.merging",),
    "bench.metrics.comparison": ("bench.metrics.scored_pair",),
    "bench.metrics.scorer": ("bench.protocols.scorer",),
    "bench.opening": ("bench.datasets",),
    "bench.ordering": ("bench.files.natural_order",),
    "bench.physics": ("bench.models.physics", "bench.models.physics.layers", "bench.models.physics.observe"),
    "bench.pictures": ("bench.runs.pictures",),
    "bench.pipeline": ("bench.evaluation.pipeline",),
    "bench.plan": ("bench.runs.plan", "bench.contracts"),
    "bench.profiling.blueprint": ("bench.profiling.macs.blueprint",),
    "bench.profiling.categories": ("bench.profiling.macs.categories",),
    "bench.profiling.counter": ("bench.profiling.macs.counter",),
    "bench.profiling.formulas": ("bench.profiling.macs.formulas",),
    "bench.profiling.hardware": ("bench.machine.hardware",),
    "bench.profiling.load": ("bench.profiling.latency.load",),
    "bench.profiling.mac_records": ("bench.profiling.macs.records",),
    "bench.profiling.operators": ("bench.profiling.macs.operators",),
    "bench.profiling.passes": ("bench.profiling.forward_pass",),
    "bench.profiling.published": ("bench.profiling.macs.published",),
    "bench.profiling.subjects": ("bench.profiling.profiled_model",),
    "bench.profiling.timers": ("bench.profiling.latency.timers",),
    "bench.profiling.timing": ("bench.profiling.latency.timing",),
    "bench.profiling.tree": ("bench.profiling.macs.tree",),
    "bench.profiling.worker": ("bench.profiling.memory.process",),
    "bench.progress": ("bench.terminal.progress",),
    "bench.pytest_plugin": ("bench.verdict.pytest_plugin",),
    "bench.records": ("bench.runs.records",),
    "bench.restored_folder": ("bench.evaluation.restored_folder",),
    "bench.specs": ("bench.registry.specs",),
    "bench.suite": ("bench.evaluation.options",),
    "bench.training.documents": ("bench.files.toml",),
    "bench.training.journal": ("bench.training.log",),
    "bench.tuning": ("bench.machine.tuning",),
    "bench.wording": ("bench.terminal.wording",),
    "baselines.tlc": ("bench.models.local_windows",),
    "datasets.counted": ("datasets.layouts.counted",),
    "datasets.known_copies": ("datasets.copies.known_copies",),
    "datasets.light": ("datasets.synthesis.light",),
    "datasets.lists": ("datasets.copies.official_lists",),
    "datasets.lmdb_images": ("datasets.layouts.lmdb_images",),
    "datasets.motion_model": ("datasets.synthesis.motion",),
    "datasets.paired_list": ("datasets.layouts.paired_list",),
    "datasets.photographs": ("datasets.synthesis.photographs",),
    "datasets.rain_layouts": ("datasets.layouts.rain_layouts",),
    "datasets.rain_sets": (
        "datasets.rain100l",
        "datasets.rain12",
        "datasets.rain1400",
        "datasets.test100",
        "datasets.test1200",
        "datasets.test2800",
    ),
    "datasets.rain_model": ("datasets.synthesis.rain",),
    "datasets.recognition": ("datasets.layouts.recognition",),
    "datasets.verification": ("datasets.copies.verification",),
    "reports.bibliography": ("reports.tables.bibliography",),
    "reports.context": ("reports.page.context",),
    "reports.costs": ("reports.tables.costs",),
    "reports.facts": ("reports.page.facts",),
    "reports.field_panels": ("reports.physics.field_panels",),
    "reports.matching": ("reports.board.matching",),
    "reports.metric_style": ("reports.board.numbers",),
    "reports.names": ("reports.board.names",),
    "reports.notes": ("reports.board.notes",),
    "reports.payload": ("reports.page.payload",),
    "reports.physics_fields": ("reports.physics.fields",),
    "reports.physics_verdict": ("reports.physics.verdict_page",),
    "reports.pictures": ("reports.page.pictures",),
    "reports.published": ("reports.board.published",),
    "reports.row_titles": ("reports.board.row_titles",),
    "reports.sheet": ("reports.tables.sheet",),
    "reports.sheet_parts": ("reports.tables.sheet_parts",),
    "reports.site": ("reports.page.site",),
    "reports.summaries": ("reports.board.summaries",),
    "reports.table_data": ("reports.tables.data",),
    "reports.table_html": ("reports.tables.html",),
    "reports.table_latex": ("reports.tables.latex",),
    "reports.table_markdown": ("reports.tables.markdown",),
    "reports.table_text": ("reports.tables.text",),
}
"""Old module to the new modules with its names, both below `restorebench`."""


class _Forwarder(MetaPathFinder, Loader):
    """Import hook that builds an old module from the new ones."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find old names only; the import system asks this finder last."""
        del path, target
        name = fullname.removeprefix(_ROOT)
        is_package = any(other.startswith(f"{name}.") for other in _MOVED)
        return ModuleSpec(fullname, self, is_package=is_package) if name in _MOVED else None

    def exec_module(self, module: ModuleType) -> None:
        """Copy the names of the new modules to the old one."""
        homes = _MOVED[module.__name__.removeprefix(_ROOT)]
        warnings.warn(
            f"{module.__name__} has moved to {_ROOT}{homes[0]}; the old name will be removed in version 0.3.",
            DeprecationWarning,
            stacklevel=2,
        )
        for home in reversed(homes):
            new = vars(importlib.import_module(_ROOT + home))
            vars(module).update({name: value for name, value in new.items() if not name.startswith("__")})


def forward_moved_modules() -> None:
    """Install the import hook for the old names, once, when `restorebench.bench` is imported."""
    if not any(isinstance(finder, _Forwarder) for finder in sys.meta_path):
        sys.meta_path.append(_Forwarder())
