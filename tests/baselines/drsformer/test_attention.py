from __future__ import annotations

import torch
from restorebench.baselines.drsformer.attention import TopKAttention, keep_largest


def test_the_largest_entries_share_the_weight():
    similarity = torch.tensor([[0.0, 3.0, 1.0, 2.0]])
    kept = keep_largest(similarity, 2)
    high, low = torch.tensor(3.0).exp(), torch.tensor(2.0).exp()
    torch.testing.assert_close(kept, torch.tensor([[0.0, high, 0.0, low]]) / (high + low))


def test_of_equal_entries_no_more_are_kept_than_asked_for():
    assert (keep_largest(torch.zeros(1, 6), 4) > 0).sum() == 4


def test_attention_of_two_images_is_that_of_each():
    attention, images = TopKAttention(8, 2), torch.rand(2, 8, 6, 5)
    one_by_one = torch.cat([attention(image[None]) for image in images])
    torch.testing.assert_close(attention(images), one_by_one, rtol=0, atol=1e-6)
