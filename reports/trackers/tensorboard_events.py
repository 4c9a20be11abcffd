"""TensorBoard: a folder of event files for each run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...bench.errors import MissingDependencyError
from ...bench.files.images import decode_image
from ...bench.runs.run import cell_name
from ...bench.terminal.paths import typed_path
from .tracker import TrackedRun

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

# torch leaves the methods of SummaryWriter untyped:
# pyright: reportUnknownMemberType=false

__all__ = ["TensorBoard"]


class TensorBoard:
    """Writer of event files.

    Args:
        folder: gets a folder for each run; `tensorboard --logdir` takes it.

    Raises:
        MissingDependencyError: TensorBoard is not installed.
    """

    failures: tuple[type[Exception], ...] = (OSError,)

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise MissingDependencyError("--track tensorboard", "TensorBoard", "trackers") from error
        self.key = f"tensorboard={folder}"
        self._folder = folder
        self._new = SummaryWriter
        self._writer: SummaryWriter | None = None

    def begin(self, run: TrackedRun, *, after: int) -> None:
        """Open event files in `KIND/NAME-ID`."""
        place = self._folder / run.kind / f"{cell_name(run.name)}-{run.id[:6]}"
        writer = self._writer = self._new(str(place), purge_step=after + 1)
        if after < 0:
            rows = "\n".join(f"| {name} | {value} |" for name, value in run.settings.items())
            writer.add_text("settings", f"| setting | value |\n| --- | --- |\n{rows}")

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Add a point to a curve for each value."""
        for name, value in values.items():
            self._open.add_scalar(name, value, step)

    def picture(self, step: int, name: str, path: Path) -> None:
        """Add an image."""
        self._open.add_image(name, decode_image(path, path.name), step, dataformats="HWC")

    def summarise(self, values: Mapping[str, float]) -> None:
        """Add the values as points at step 0, for TensorBoard has no other place for them."""
        for name, value in values.items():
            self._open.add_scalar(f"summary/{name}", value, 0)

    def end(self, *, complete: bool) -> str:  # noqa: ARG002 -- TensorBoard does not distinguish them
        """Flush and close the event files."""
        self._open.close()
        return f"tensorboard --logdir {typed_path(self._folder)}"

    @property
    def _open(self) -> SummaryWriter:
        if self._writer is None:
            raise RuntimeError("TensorBoard.begin opens a run; it was not called.")
        return self._writer
