from __future__ import annotations

import torch
from restorebench.baselines.drsformer.experts import MixtureOfExperts, Selector


def test_weights_of_a_step_sum_to_one():
    weights = Selector(6)(torch.rand(3, 6, 4, 5))
    assert weights.shape == (3, 4, 8)
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, 4))


def test_each_image_has_weights_of_its_own():
    mixture, images = MixtureOfExperts(6), torch.rand(2, 6, 8, 8) * torch.tensor([1.0, 5.0]).view(-1, 1, 1, 1)
    one_by_one = torch.cat([mixture(image[None]) for image in images])
    torch.testing.assert_close(mixture(images), one_by_one, rtol=0, atol=1e-5)
    assert not torch.allclose(*(Selector(6)(images)))
