from __future__ import annotations

from dataclasses import replace

import pytest
from restorebench.bench.runs.plan import Plan, continues, plan_difference

OLD = Plan("./net.py:build", "w", "d", "l", "rgb@1", "half-even", {"device": "cpu", "code_sha256": "a"})


def more(**settings: object) -> Plan:
    return replace(OLD, settings={**OLD.settings, **settings})


def test_a_run_of_version_0_1_0_goes_on_although_it_recorded_one_file_only():
    assert continues(OLD, more(code={"helper.py": "b"}, packages={"einops": "0.8"}, variables={"SCALE": "c"}))
    assert not continues(OLD, more(code_sha256="other", code={"helper.py": "b"}))
    restorer = replace(OLD, settings={"device": "cpu"})
    assert continues(restorer, more(code={"helper.py": "b"}))


@pytest.mark.parametrize(
    ("name", "part", "said"),
    [
        ("code", "helper.py", "file helper.py: b -> c"),
        ("packages", "einops", "package einops: b -> c"),
        ("variables", "SCALE", "environment variable SCALE: b -> c"),
    ],
)
def test_what_changed_is_named(name: str, part: str, said: str):
    before, after = more(**{name: {part: "b"}}), more(**{name: {part: "c"}})
    assert continues(before, before)
    assert not continues(before, after)
    assert not continues(before, OLD)
    assert plan_difference(before, after) == [said]
