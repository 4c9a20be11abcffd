"""`restorebench train`: train a network from a recipe, or resume a training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..errors import UsageError
from ..evaluation.completers import complete_models
from ..training.recipe import Arithmetic
from .common_options import with_verbosity
from .completers import complete_recipes, complete_trackers
from .output_folders import refuse_file_name

__all__ = ["parse_roots", "train"]


@with_verbosity
def train(
    recipe: Annotated[str, Parameter(completer=complete_recipes)],
    *,
    model: Annotated[str | None, Parameter(name=["--model", "-m"], completer=complete_models)] = None,
    out: Path | None = None,
    device: str | None = None,
    seed: int | None = None,
    precision: Arithmetic | None = None,
    channels_last: bool = False,
    compile: bool = False,  # noqa: A002 -- the option's name
    root: tuple[str, ...] = (),
    track: Annotated[tuple[str, ...], Parameter(completer=complete_trackers)] = (),
) -> int:
    """Train a network from a recipe. Run the same command again to resume.

    For example:
      restorebench train nano-blur -m nafnet-nano+pde --seed 1
      restorebench train nafnet-gopro --root gopro=/data/GOPRO_Large/train --device cuda --precision bf16
      restorebench train ./mine.toml --out trained --track wandb=my-lab/deblurring

    Outputs: weights.safetensors with a provenance card, log.csv, validation.csv, curves.png, pictures of the validation
    images, training.html, which shows all of it while the training runs, and state.pt, from which an interrupted
    training resumes.

    Exit code: 0, 1 if the training cannot go on, as when the loss is no number, 2 for a usage error.

    Args:
        recipe: TOML file, or the name of a built-in recipe.
        model: Model to train instead of the recipe's: NAME or NAME[option=value], with =WEIGHTS to start from weights.
        out: Output folder (default: restorebench-train/RECIPE/MODEL/seedN).
        device: cpu, cuda or cuda:N (default: cuda if available).
        seed: Seed to use instead of the recipe's.
        precision: Precision of forward and backward pass instead of the recipe's; fp16 needs a GPU.
        channels_last: Train in torch's channels_last memory layout.
        compile: Train with torch.compile.
        root: NAME=PATH for each {NAME} in the recipe's sources. Repeatable.
        track: Also send the curves and pictures to wandb, mlflow or tensorboard while the training runs, or to
            NAME=PLACE: a project, a tracking URI or a folder. Repeatable.
    """
    from ...reports.trackers.choice import open_trackers
    from ...reports.trackers.trainings import tracked_training
    from ...reports.training.page import write_training_page
    from ..models.inference import best_device
    from ..registry.specs import parse_spec
    from ..runs.run import cell_name
    from ..terminal.display import RunProgress, note, print_text
    from ..terminal.paths import shown_path, typed_command
    from ..training.recipe import read_recipe
    from ..training.trainer import train as train_by

    refuse_file_name(out)
    read = read_recipe(
        recipe, model=model, seed=seed, precision=precision, channels_last=channels_last, compiled=compile
    )
    default = Path("restorebench-train", Path(recipe).stem, cell_name(read.model), f"seed{read.seed}")
    folder = (out or default).absolute()  # a network may change the working directory
    progress = RunProgress("iterations")
    with tracked_training(folder, open_trackers(track, folder), progress.note) as send:
        weights = train_by(
            read,
            folder,
            device=device or best_device(),
            roots=parse_roots(root),
            progress=progress,
            watch=lambda changed: (write_training_page(changed), send(changed)),
        )
    page = write_training_page(folder, finished=True)
    note(f"The page of the training is at {shown_path(page)}")
    model = f"{parse_spec(read.model)}={shown_path(Path(weights))}"
    print_text(f"{typed_command(['restorebench', 'run', '-m', model, '-d'])} DATASET")
    return 0


def parse_roots(texts: Sequence[str]) -> dict[str, str]:
    """Parse `NAME=PATH` arguments.

    Raises:
        UsageError: an argument has no name or no path.
    """
    roots: dict[str, str] = {}
    for text in texts:
        name, _, path = text.partition("=")
        if not name or not path:
            raise UsageError(f"--root must be NAME=PATH, not {text!r}.")
        roots[name] = path
    return roots
