from __future__ import annotations

import pytest
from restorebench.bench.errors import UsageError
from restorebench.reports.tables.cost_columns import chosen_heads

SIZES = ("256x256", "720x1280")
WHOLE = {
    "Params (M)": "17.11",
    **{f"GMACs ({way}, {size})": "1" for size in SIZES for way in ("all", "conv+linear+matmul", "conv")},
    **{f"ms ({size}, {precision}, cpu)": "1" for size in SIZES for precision in ("fp32", "bf16")},
    **{f"MiB (CPU growth, {size}, fp32)": "1" for size in SIZES},
}


def test_one_column_of_each_kind_at_one_size() -> None:
    heads = ("Params (M)", "GMACs (all, 256x256)", "ms (256x256, fp32, cpu)", "MiB (CPU growth, 256x256, fp32)")
    assert chosen_heads([WHOLE, {}], ()) == heads


def test_the_size_that_most_models_have_wins() -> None:
    other = {head: text for head, text in WHOLE.items() if "256x256" not in head}
    assert "GMACs (all, 720x1280)" in chosen_heads([WHOLE, other], ())


def test_columns_are_chosen_by_name_and_all_are_every_one() -> None:
    assert chosen_heads([WHOLE], ["GMACs (conv, 720x1280)"]) == ("GMACs (conv, 720x1280)",)
    assert chosen_heads([WHOLE], ["all"]) == tuple(WHOLE)
    with pytest.raises(UsageError, match=r"did you mean GMACs \(conv, 720x1280\)"):
        chosen_heads([WHOLE], ["GMACs (conv, 720x128)"])


def test_a_count_of_an_older_file_without_the_size_is_shown() -> None:
    assert chosen_heads([{"Params (M)": "1", "GMACs (conv)": "2"}], ()) == ("Params (M)", "GMACs (conv)")
    assert chosen_heads([{}], ()) == ()
