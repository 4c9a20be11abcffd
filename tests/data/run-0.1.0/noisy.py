import torch
from torch import nn
from restorebench.bench import ModelCard, register_model


class Noisy(nn.Module):
    def manual_seed(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def forward(self, x):
        return (x + 0.01 * torch.randn(x.shape, generator=self.generator)).clamp(0, 1)


@register_model(ModelCard(name="noisy", title="Noisy", task="restoration", needs_weights=False, stochastic=True))
def noisy():
    return Noisy()
