"""`restorebench physics`: draw the fields of a physics layer, and measure its benefit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ..evaluation.completers import complete_models
from .common_options import with_verbosity
from .completers import complete_experiments
from .output_folders import refuse_file_name

__all__ = ["physics"]

physics = App(
    name="physics",
    help_format="plaintext",
    help="Draw the fields of physics layers, and measure their benefit.\n\n"
    "For example:\n  restorebench physics show -m nafnet-nano+pde=weights.safetensors -i blurred.png",
)


@physics.command
@with_verbosity
def show(
    *,
    model: Annotated[str, Parameter(name=["--model", "-m"], completer=complete_models)],
    image: Annotated[Path, Parameter(name=["--image", "-i"])],
    out: Path = Path("physics.png"),
    device: str = "cpu",
) -> int:
    """Draw the fields of a model's physics layer for an image: velocities as arrows, diffusivities, source.

    Fields are means over the channels, weighted by the layer's contribution to each channel.

    For example:
      restorebench physics show -m nafnet-nano+pde=weights.safetensors -i blurred.png
      restorebench physics show -m 'nafnet-nano+pde[steps=4]=w.safetensors' -i blurred.png --out fields.svg

    Args:
        model: NAME=WEIGHTS of a model with a physics layer.
        image: The degraded image.
        out: Output file: PNG, SVG or PDF.
        device: cpu, cuda or cuda:N.
    """
    from ...reports.physics.fields import draw_fields
    from ..files.images import decode_image
    from ..models.loading import load_model
    from ..models.physics.maps import mean_fields
    from ..models.physics.observe import observe
    from ..terminal.display import note, print_text
    from ..terminal.paths import shown_path

    place = out.absolute()  # a model may change the working directory
    restorer = load_model(model, device=device)
    pixels = decode_image(image, str(image))
    maps = mean_fields(observe(restorer, pixels))
    if maps.untrained:
        note("The layer is untrained: it adds nothing to its input yet. All channels are weighted equally.")
    draw_fields(maps, pixels, place, title=restorer.card.title)
    print_text(shown_path(out))
    return 0


@physics.command
@with_verbosity
def verdict(
    experiment: Annotated[str, Parameter(completer=complete_experiments)] = "physics-verdict",
    *,
    out: Path = Path("physics-verdict"),
    device: str | None = None,
    root: tuple[str, ...] = (),
) -> int:
    """Train base, base + PDE and base + convolutions alike, evaluate them, and report the benefit of the physics.

    Other experiments have other arms: `physics-ablation` removes parts of the layer. Experiments in one folder share
    the trainings they have in common.

    Everything is resumable: run the same command again after an interruption. The page is rewritten after each seed.

    For example:
      restorebench physics verdict
      restorebench physics verdict --root gopro_test=GOPRO_Large --root rain100h=Rain100H --out verdict
      restorebench physics verdict physics-ablation
      restorebench physics verdict ./smaller.toml --out try

    Args:
        experiment: TOML file, or the name of a built-in experiment.
        out: Folder of the trainings, the evaluations and the page, which is named after the experiment: verdict.md.
        device: cpu, cuda or cuda:N (default: cuda if available).
        root: NAME=PATH for each {NAME} in the recipes and the experiment. Repeatable.
    """
    from ...reports.physics.verdict_page import write_verdict
    from ..models.inference import best_device
    from ..terminal.display import RunProgress, print_text
    from ..terminal.paths import shown_path
    from ..training.experiment import Workplace, read_experiment, run_experiment
    from .train import parse_roots

    plan, progress = read_experiment(experiment), RunProgress()
    refuse_file_name(out)
    folder = out.absolute()  # a model may change the working directory
    place = Workplace(folder, device or best_device(), parse_roots(root), RunProgress("iterations"), progress)
    page = folder / page_name(experiment)
    for results in run_experiment(plan, place):
        write_verdict(results, page)
        progress.note(f"{shown_path(page)}: {len(results.seeds)} of {len(plan.seeds)} seeds")
    print_text(page.read_text(encoding="utf-8"))
    return 0


def page_name(experiment: str) -> str:
    """Name of the file with an experiment's page.

    >>> page_name("physics-verdict"), page_name("physics-ablation"), page_name("./smaller.toml")
    ('verdict.md', 'ablation.md', 'smaller.md')
    """
    return f"{Path(experiment).stem.removeprefix('physics-')}.md"
