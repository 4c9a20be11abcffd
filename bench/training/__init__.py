"""Training by recipe: TOML in, safetensors out, resumable at every step in between.

recipe.py      the keys of a recipe, read strictly      study.py       arms of the paired experiment
data.py        pairs to batches, a pure function of the step
losses.py      Charbonnier, L1, PSNR, FFT, edge                schedule.py    stage and learning rate
objectives.py  these, or what a network brings with it
trainer.py     the loop                                  state.py       everything that a resumed run needs
validation.py  the project's own protocols               log.py         CSV logs and the plot
export.py      weights with their card                   experiment.py  base, physics and controls by the seed
results.py     levels, spreads, paired differences
"""

from __future__ import annotations

__all__: list[str] = []
