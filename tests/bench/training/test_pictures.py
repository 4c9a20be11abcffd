from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from restorebench.bench.datasets import open_dataset
from restorebench.bench.training.pictures import PICTURES, ValidationPictures


def test_the_first_images_are_kept_through_the_training(tmp_path: Path) -> None:
    pictures, dataset = ValidationPictures(tmp_path), open_dataset("quickstart-all")
    pictures.begin(dataset, until=0)
    first = [pair.key for pair in dataset][:PICTURES]
    assert pictures.keys() == first
    for iteration, value in ((5, 10), (1000, 200)):
        pictures.add(iteration, {first[0]: np.full((4, 6, 3), value, np.uint8)})
    assert list(pictures.restored(first[0])) == [5, 1000]
    assert not pictures.restored(first[1])
    with Image.open(pictures.restored(first[0])[1000]) as image:
        assert image.getpixel((2, 2)) == (200, 200, 200)
    np.testing.assert_array_equal(np.asarray(Image.open(pictures.target(first[0]))), dataset[first[0]].target.read())


def test_pictures_of_undone_iterations_go_and_the_rest_stays(tmp_path: Path) -> None:
    pictures, dataset = ValidationPictures(tmp_path), open_dataset("quickstart-rain")
    pictures.begin(dataset, until=0)
    key = pictures.keys()[0]
    for iteration in (10, 20, 30):
        pictures.add(iteration, {key: np.zeros((4, 4, 3), np.uint8)})
    pictures.begin(dataset, until=20)
    assert list(pictures.restored(key)) == [10, 20]
