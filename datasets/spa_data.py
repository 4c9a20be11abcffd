"""SPA-Data: 1000 test pairs of real rain with targets made from video (Wang et al., CVPR 2019).

The authors' `real_test_1000.zip` has `rain/000.png` with `gt/000gt.png` (stevewongv/SPANet, `Test_Datset_README.md` and
the list `real_test_1000.txt` that its `dataset.py` reads); DRSformer gives out `{input,target}` with equal names.
"""

from __future__ import annotations

from pathlib import Path

from ..bench.contracts import Citation, DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from .layouts.counted import equal_names, open_counted
from .layouts.layout import Images, Layout, on_name
from .layouts.recognition import Recogniser, split_folders

__all__ = ["spa_data"]

OFFICIAL = "{rain/000.png,gt/000gt.png}"
LAYOUTS = (
    Layout(OFFICIAL, Images("rain", on_name(r"(\d{3})(?:rain)?")), Images("gt", on_name(r"(\d{3})gt"))),
    equal_names("input", "target"),
)
CARD = DatasetCard(
    name="spa-data",
    title="SPA-Data",
    task="deraining",
    expected_pairs=1000,
    default_protocol="rain13k@1",
    layouts=tuple(layout.name for layout in LAYOUTS),
    licence="not stated for the data: see License.txt of the authors' repository",
    homepage="https://stevewongv.github.io/derain-project.html",
    how_to_get="Download real_test_1000.zip from the homepage, and use spa-data=real_test_1000.zip.",
    citation=Citation(
        (
            "Wang, Tianyu",
            "Yang, Xin",
            "Xu, Ke",
            "Chen, Shaozhe",
            "Zhang, Qiang",
            "Lau, Rynson W. H.",
        ),
        "Spatial Attentive Single-Image Deraining with a High Quality Real Rain Dataset",
        "CVPR",
        2019,
        arxiv="1904.01538",
    ),
    notes=(
        "SPANet measures RGB by scikit-image, skimage@1; DRSformer and later papers Y by rain13k@1.",
        "Keys of copies with input and target are their file names, which need not be the numbers of the original.",
    ),
)


@register_dataset(CARD)
def spa_data(root: Path | None) -> PairedDataset:
    """Open the SPA-Data test set; keys are `000` to `999` in the authors' archive.

    Raises:
        DatasetError: no known layout, or more pairs than the test set has.
        PairingError: images without a partner.
    """
    bases = (*split_folders("SPA-Data"), "real_test_1000", "Testing/real_test_1000", "testing/real_test_1000")
    found = Recogniser(CARD, LAYOUTS, bases).find(root)
    official = found.layout.name == OFFICIAL
    expected = frozenset(f"{number:03d}" for number in range(1000)) if official else None
    return open_counted(CARD, found, root, expected=expected)
