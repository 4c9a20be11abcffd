"""Checks that the same image is always restored to the same result."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import cast

import numpy as np
import torch

from ...registry.specs import Spec
from ..inference import Restored
from .report import CheckResult, failed, not_applicable, passed
from .specimen import Specimen, as_batch, difference

__all__ = [
    "check_batch",
    "check_order",
    "check_repeatability",
    "check_second_process",
    "check_threads",
    "restored_sha256",
]

CLOSE = 1e-3
"""Of the largest value: what another order of summation may change in a deep network."""

PROCESS_SECONDS = 600


def check_repeatability(specimen: Specimen) -> CheckResult:
    """Twice the same image by fresh copies of the network, seeded alike."""
    name = "repeatability"
    one, other = specimen.reference, specimen.repetition
    if not specimen.repeats:
        return failed(
            name,
            "hidden randomness that no seed reaches, or something kept outside the network: two copies of it restore "
            f"the same image with a difference of up to {difference(one, other):.2g}; give the network "
            "manual_seed(seed), which seeds every generator it has, and keep nothing in globals or on the class",
        )
    if one.drew_from and not specimen.declared_random:
        return failed(
            name,
            f"hidden randomness: the network draws from the global generator of {' and '.join(one.drew_from)}; runs "
            "seed it for each image, and --samples averages over seeds, but other programs do not: give the network "
            "manual_seed(seed), or leave dropout and noise to training",
        )
    if one.drew_from or specimen.declared_random:
        return passed(name, "random, and the same for the same seed")
    return passed(name, "the same image twice gives the same bits")


def check_order(specimen: Specimen) -> CheckResult:
    """An image before and after another one."""
    name = "order"
    restorer = specimen.fresh()
    before = restorer.restore(specimen.first, "first")
    restorer.restore(specimen.second, "second")
    after = restorer.restore(specimen.first, "first")
    if specimen.same(before, after):
        return passed(name, "an image is restored alike before and after another one")
    if not specimen.repeats:
        return not_applicable(name, "the network is random")
    return failed(
        name,
        "order dependence: something is carried from image to image; after another image the same one differs by up to "
        f"{difference(before, after):.2g}: reset what forward() keeps",
    )


def check_batch(specimen: Specimen) -> CheckResult:
    """Two images in one batch and each alone."""
    name = "batch"
    if specimen.declared_random or specimen.reference.drew_from:
        return not_applicable(name, "a random network draws other numbers for a batch")
    images = as_batch(specimen.first, specimen.second)
    alone = torch.cat([specimen.call(specimen.fresh(), images[index : index + 1]) for index in range(2)])
    try:
        together = specimen.call(specimen.fresh(), images)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 -- a network that takes one image at a time may raise anything
        return not_applicable(name, "the network takes one image at a time")
    apart = float((together - alone).abs().max())
    if apart > CLOSE * max(1.0, float(alone.abs().max())):
        return failed(
            name,
            f"batch dependence: two images in a batch differ from each alone by up to {apart:.2g}: batch statistics "
            "are live, or images are mixed; evaluation restores one at a time",
        )
    return passed(name, "images in a batch do not influence each other")


def check_threads(specimen: Specimen) -> CheckResult:
    """One thread and two."""
    name = "threads"
    if specimen.restorer.device.type != "cpu":
        return not_applicable(name, "the network does not run on the CPU")
    if not specimen.repeats:
        return not_applicable(name, "the network is random")
    before = torch.get_num_threads()
    found: list[Restored] = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(specimen.fresh().restore(specimen.first, "first"))
    finally:
        torch.set_num_threads(before)
    apart = difference(*found)
    if apart > CLOSE * max(1.0, float(np.abs(found[0].planes).max())):
        return failed(name, f"one thread and two differ by up to {apart:.2g}: a race, or sums that overflow")
    return passed(
        name, "the same bits" if apart == 0 else f"one thread and two differ by {apart:.1g}, as rounding does"
    )


def check_second_process(specimen: Specimen) -> CheckResult:
    """The same image by a process of its own, whose hashes of strings are seeded otherwise."""
    name = "second process"
    if specimen.spec is None:
        return not_applicable(name, "the network exists in this process only: test it by its name or file")
    answer = _asked_elsewhere(specimen.spec, specimen)
    if "failure" in answer:
        return failed(name, f"a second process fails: {answer['failure']}")
    if not specimen.repeats:
        return not_applicable(name, "the network is random")
    if answer["weights"] != weights_sha256(specimen):
        return not_applicable(
            name, "the weights are random in every process: give a file, as in -m NAME=FILE, or seed them in the file"
        )
    if answer["restored"] != restored_sha256(specimen.reference):
        return failed(
            name,
            "a second process restores the same image differently: something depends on the process (hash(), a clock)",
        )
    return passed(name, "a second process restores the same bits")


def _asked_elsewhere(spec: Spec, specimen: Specimen) -> dict[str, str]:
    """The answer of a second process: the hashes of the weights and of the restored image, or its failure."""
    weights = "random" if specimen.random_weights else "default"
    path = None if spec.path is None else str(spec.path)
    settings = specimen.restorer.settings
    order = json.dumps({"model": str(spec), "path": path, "weights": weights, "device": settings.device})
    done = subprocess.run(
        [sys.executable, "-m", "restorebench.bench.models.contract_checks.second_process"],
        input=order,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=PROCESS_SECONDS,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "1"},
    )
    try:
        return cast("dict[str, str]", json.loads(done.stdout))
    except json.JSONDecodeError:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"failure": f"it ended with code {done.returncode}: {last}"}


def restored_sha256(restored: Restored) -> str:
    """Of the raw values."""
    return hashlib.sha256(np.ascontiguousarray(restored.planes).tobytes()).hexdigest()


def weights_sha256(specimen: Specimen) -> str:
    """Of the parameters, whichever file they came from."""
    from ..loading import loaded_restorer

    return loaded_restorer(specimen.restorer).weights_sha256
