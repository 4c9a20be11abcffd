from __future__ import annotations

from pathlib import Path

import pytest
from restorebench.bench.models.fetchables import Fetchable, fetchables, find_fetchables
from restorebench.bench.models.weight_sizes import expected_bytes


def test_the_parameters_of_a_network_are_nearly_its_file(
    fixtures: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("RESTOREBENCH_CACHE", str(tmp_path))
    official = fixtures / "weights" / "prenet" / "prenet_rain100h.pth"
    (item,) = find_fetchables("prenet:rain100h")
    assert expected_bytes(item) == pytest.approx(official.stat().st_size, rel=0.02)


def test_a_file_that_is_here_has_its_size(tmp_path: Path):
    (tmp_path / "one.pth").write_bytes(bytes(123))
    assert expected_bytes(Fetchable("own", "Own", "", tmp_path / "one.pth")) == 123
    assert expected_bytes(Fetchable("own", "Own", "", tmp_path / "two.pth")) is None


@pytest.mark.parametrize("item", [each for each in fetchables() if each.model], ids=lambda item: item.name)
def test_every_list_entry_has_a_size(item: Fetchable):
    size = expected_bytes(item)
    assert size is not None
    assert 5e4 < size < 2e9
