"""The driver's loop with workers that are scripted and a clock that is turned by hand: what goes wrong, without Ray."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from helpers.memory_dataset import make_dataset, photograph
from helpers.records import scored
from restorebench.bench.contracts import ImagePair, InferenceSettings, Observation
from restorebench.bench.errors import CheckpointError, ClusterError
from restorebench.bench.evaluation.cell import Control, OpenCell, open_cell
from restorebench.bench.evaluation.engines.cluster.admission import MOST_FAILED_STARTS, WorkerAdmission
from restorebench.bench.evaluation.engines.cluster.connection import Share
from restorebench.bench.evaluation.engines.cluster.driver import (
    MOST_FAILED_LOADS,
    PREPARATION_SECONDS,
    Driver,
    ModelJob,
)
from restorebench.bench.evaluation.engines.cluster.handshake import Hello, say_hello
from restorebench.bench.evaluation.engines.cluster.pool import UNREPORTED, Handle
from restorebench.bench.evaluation.engines.cluster.transfer import Claim, Seen, Survey
from restorebench.bench.evaluation.engines.cluster.worker import (
    CellTask,
    ModelTask,
    Ready,
    Refused,
    Scored,
    images_in_flight,
)
from restorebench.bench.evaluation.engines.cluster.worker_inputs import LARGEST_SENT
from restorebench.bench.evaluation.model_cell import model_cell
from restorebench.bench.files.images import encode_png
from restorebench.bench.models.loading import open_model
from restorebench.bench.models.physics.maps import fields_path
from restorebench.bench.registry.specs import parse_spec
from restorebench.bench.runs.pictures import BEST, WORST, SaveImages
from restorebench.bench.runs.run import Run
from restorebench.bench.terminal.progress import Silent

TIMEOUT = 100.0
IMAGES = 6
MOST_ROUNDS, MOST_STARTS = 10_000, 50


class Died(Exception):  # noqa: N818 -- what happened
    """In place of `ray.exceptions.RayError`."""


class Unavailable(Died):
    """In place of those of its errors that are nobody's fault."""


class Never:
    """An answer that does not come."""


@dataclass
class After:
    """An answer that takes a while."""

    seconds: float
    answer: object


class Clock:
    """Stands still unless somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Answer:
    """Ray's reference of one answer, or its stream of answers."""

    def __init__(self, clock: Clock, answers: Iterable[object]) -> None:
        self._clock, self._answers = clock, iter(answers)
        self._look_ahead()

    def _look_ahead(self) -> None:
        self._next = next(self._answers, StopIteration())
        wait = self._next.seconds if isinstance(self._next, After) else 0.0
        self._due = self._clock() + wait

    def is_there(self) -> bool:
        return not isinstance(self._next, Never) and self._clock() >= self._due

    def __next__(self) -> object:
        answer = self._next.answer if isinstance(self._next, After) else self._next
        if isinstance(answer, StopIteration):
            raise answer
        self._look_ahead()
        return answer


@dataclass
class Script:
    """How a worker behaves."""

    host: str = "host"
    hello: object = None
    look: object = None
    """`None`: it sees everything."""

    load: Callable[[ModelTask], object] = field(default=lambda _: Ready())
    run: Callable[[CellTask, Sequence[ImagePair]], Iterable[object]] | None = None


def score(pair: ImagePair) -> Scored:
    return Scored(scored(pair.key, {"psnr": 30.0, "ssim": 0.9, "lpips": None}), None)


def scores(_: CellTask, pairs: Sequence[ImagePair]) -> Iterator[object]:
    yield Ready()
    yield from map(score, pairs)


class FakePool:
    """Workers by script: the n-th that is started follows the n-th, and those after the last follow that."""

    def __init__(self, clock: Clock, workers: int, scripts: Sequence[Script]) -> None:
        self.share = Share(workers, 1, 0.0)
        exceptions = SimpleNamespace(RayError=Died, ActorUnavailableError=Unavailable, ObjectLostError=Unavailable)
        self.ray: Any = SimpleNamespace(put=lambda value: value, get=self._get, exceptions=exceptions)
        self.clock, self.scripts, self.handles = clock, scripts, list[Handle]()
        self.started = 0
        self.loads: list[tuple[str, int]] = []
        self.shards: list[int] = []
        self.rounds = 0
        for _ in range(workers):
            self.start()

    def _get(self, reference: object) -> object:
        answer = next(reference) if isinstance(reference, Answer) else reference
        if isinstance(answer, Died):
            raise answer
        return answer

    def start(self) -> None:
        script = self.scripts[min(self.started, len(self.scripts) - 1)]
        self.started += 1
        assert self.started < MOST_STARTS, "the driver starts workers for ever"

        def load(task: ModelTask, *_: object) -> Answer:
            self.loads.append((script.host, task.number))
            return Answer(self.clock, [script.load(task)])

        def look(survey: Survey) -> Answer:
            seen = Seen(frozenset(survey.claims), frozenset(survey.listings))
            return Answer(self.clock, [script.look or seen])

        hello = script.hello or replace(say_hello(None), host=script.host)
        actor = SimpleNamespace(
            look=SimpleNamespace(remote=look), load=SimpleNamespace(remote=load), run=script.run or scores
        )
        self.handles.append(Handle(self.started, actor, "starting", Answer(self.clock, [hello])))

    def stream(self, handle: Handle, task: CellTask, pairs: Sequence[ImagePair]) -> Answer:
        self.shards.append(len(pairs))
        return Answer(self.clock, handle.actor.run(task, pairs))

    def ready(self, timeout: float) -> list[Handle]:
        there = [handle for handle in self.handles if handle.waiting_for is not None and handle.waiting_for.is_there()]
        self.rounds += 1
        assert self.rounds < MOST_ROUNDS, "the driver goes on for ever"
        self.clock.now += 0 if there else timeout
        return there

    def remove(self, handle: Handle) -> None:
        self.handles.remove(handle)

    @property
    def present(self) -> int:
        return sum(handle.hello is not None for handle in self.handles)


class Notes(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, message: str) -> None:
        self.said.append(message)


@dataclass
class World:
    """A run of two models on one data set."""

    out: Path
    clock: Clock
    notes: Notes = field(default_factory=Notes)
    weights: Claim | None = None
    models: Sequence[str] = ("identity",)
    images: int = IMAGES
    save_images: SaveImages = "none"

    def run(self, workers: int, *scripts: Script) -> tuple[list[Run], Driver, FakePool]:
        pool: Any = FakePool(self.clock, workers, scripts)
        control = Control(progress=self.notes, save_images=self.save_images)
        opened: list[tuple[int, OpenCell]] = []
        jobs: list[ModelJob] = []
        with ExitStack() as held:
            for number, name in enumerate(self.models):
                spec = parse_spec(name)
                cell = model_cell(
                    open_model(spec),
                    InferenceSettings(),
                    make_dataset(self.images),
                    ["rgb@1"],
                    quantiser=None,
                    dataset_name="memory",
                )
                jobs.append(ModelJob(name, ModelTask(number, spec, InferenceSettings(), "", self.weights)))
                opened.append((number, held.enter_context(open_cell(cell, self.out, control))))
            admission = WorkerAdmission(pool, self.notes)
            admission.await_worker()
            driver = Driver(admission, jobs, opened, control, TIMEOUT)
            return driver.work(), driver, pool


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return World(tmp_path, clock)


def refuses(_: ModelTask) -> object:
    return Refused("It lies elsewhere.")


def statuses(runs: Sequence[Run]) -> list[str]:
    (run,) = runs
    return [record.status for record in run.records]


def test_every_image_is_done_once(world: World):
    runs, driver, _ = world.run(3, Script())
    assert statuses(runs) == ["ok"] * IMAGES
    assert not driver.errors


def test_a_machine_that_cannot_load_a_model_leaves_it_to_others(world: World):
    bad, good = Script("bad", load=refuses), Script("good")
    runs, driver, pool = world.run(5, bad, bad, bad, bad, good)
    assert statuses(runs) == ["ok"] * IMAGES
    assert not driver.errors
    assert len(pool.handles) == 5
    assert sum("lies elsewhere" in said for said in world.notes.said) == 1


def test_a_model_that_no_machine_can_load_is_one_error_and_the_others_go_on(world: World):
    world.models = ("identity", "unsharp")

    def load(task: ModelTask) -> object:
        return Refused("It lies elsewhere.") if task.number == 0 else Ready()

    runs, driver, _ = world.run(4, Script("a", load=load), Script("b", load=load))
    assert [run.model for run in runs] == ["unsharp"]
    assert len(driver.errors) == 1
    assert "identity" in str(driver.errors[0])
    assert "lies elsewhere" in str(driver.errors[0])


def test_the_last_machine_that_could_load_a_model_is_lost_for_good(world: World):
    bad = Script("bad", load=refuses)

    def dies(_: CellTask, pairs: Sequence[ImagePair]) -> Iterator[object]:
        yield from (Ready(), score(pairs[0]), Died("the node died"))

    runs, driver, _ = world.run(2, bad, Script("good", run=dies), bad)
    assert not runs
    assert len(driver.errors) == 1
    assert len((world.out / "memory" / "identity" / "scores.jsonl").read_text().splitlines()) >= 1


def test_a_model_that_takes_its_workers_with_it_is_given_up_once(world: World):
    runs, driver, pool = world.run(4, Script(load=lambda _: Died("boom")))
    assert not runs
    assert len(driver.errors) == 1
    assert "boom" in str(driver.errors[0])
    assert len(pool.loads) <= MOST_FAILED_LOADS + 4


def test_a_load_that_hangs_is_ended(world: World):
    began = world.clock()
    runs, _, pool = world.run(1, Script(load=lambda _: Never()), Script())
    assert statuses(runs) == ["ok"] * IMAGES
    assert pool.started == 2
    assert PREPARATION_SECONDS <= world.clock() - began <= PREPARATION_SECONDS + 10


@pytest.mark.parametrize("look", [Died("cannot unpickle"), Never()])
def test_workers_that_cannot_look_around_are_not_tried_for_ever(world: World, look: object):
    with pytest.raises(ClusterError, match="cannot look for its files"):
        world.run(2, Script(look=look))


def test_one_worker_that_cannot_start_is_tried_again(world: World):
    runs, _, pool = world.run(1, Script(hello=Died("the node died")), Script())
    assert statuses(runs) == ["ok"] * IMAGES
    assert pool.started == 2
    with pytest.raises(ClusterError, match="cannot start: no such module"):
        world.run(1, Script(hello=Died("no such module")))


def test_a_worker_of_another_version_is_not_replaced(world: World):
    here = say_hello(None)
    other: Hello = replace(here, host="old", code_sha256="x")
    runs, _, pool = world.run(2, Script(hello=other), Script())
    assert statuses(runs) == ["ok"] * IMAGES
    assert pool.started == 2
    with pytest.raises(ClusterError, match="another state of restorebench's source"):
        world.run(MOST_FAILED_STARTS - 1, Script(hello=other))


def test_an_image_below_the_time_limit_is_not_hung_wherever_it_stands(world: World):
    """The first of a shard is reported when the second is restored; and what scores is loaded before it."""

    def slow(_: CellTask, pairs: Sequence[ImagePair]) -> Iterator[object]:
        yield After(3 * TIMEOUT, Ready())
        yield After(1.8 * TIMEOUT if len(pairs) > 1 else 0.9 * TIMEOUT, score(pairs[0]))
        yield from (After(0.9 * TIMEOUT, score(pair)) for pair in pairs[1:])

    runs, _, pool = world.run(1, Script(run=slow))
    assert statuses(runs) == ["ok"] * IMAGES
    assert pool.started == 1


def test_a_hung_image_is_given_up_and_the_others_are_done(world: World):
    def hangs(_: CellTask, pairs: Sequence[ImagePair]) -> Iterator[object]:
        yield Ready()
        yield from (Never() if pair.key.endswith("/3") else score(pair) for pair in pairs)

    runs, _, _ = world.run(2, Script(run=hangs))
    assert statuses(runs) == ["ok", "ok", "ok", "failed", "ok", "ok"]
    assert "no image was finished in 100 s" in str(runs[0].records[3].reason)


def test_loading_what_scores_is_no_fault_of_an_image(world: World):
    def dies(_: CellTask, _pairs: Sequence[ImagePair]) -> Iterator[object]:
        yield Died("out of memory")

    runs, _, _ = world.run(1, Script(run=dies), Script(run=dies), Script())
    assert statuses(runs) == ["ok"] * IMAGES


def test_what_is_said_of_a_lost_worker(world: World):
    deaths = itertools.count()

    def dies(task: CellTask, pairs: Sequence[ImagePair]) -> Iterator[object]:
        answers = scores(task, pairs)
        return itertools.chain(itertools.islice(answers, 2), [Died("killed")]) if next(deaths) == 0 else answers

    world.run(1, Script(run=dies))
    assert "worker 1 on host was lost (killed); 2 images without a record wait again." in world.notes.said


def test_a_cluster_without_any_worker_says_so_once(world: World):
    def dies(_: CellTask, pairs: Sequence[ImagePair]) -> Iterator[object]:
        yield from (Ready(), score(pairs[0]), Died("the node died"))

    away = After(500.0, replace(say_hello(None), host="again"))
    world.run(1, Script(run=dies), Script(hello=away), Script())
    assert sum("have room for a worker" in said for said in world.notes.said) == 1


def test_weights_that_are_gone_when_they_are_to_be_sent_stop_their_model_only(world: World, tmp_path: Path):
    world.weights = Claim(tmp_path / "gone.pth", "0" * 64)
    blind = Seen(frozenset(), frozenset({"memory"}))
    runs, driver, _ = world.run(1, Script(look=blind))
    assert not runs
    (error,) = driver.errors
    assert isinstance(error, CheckpointError)
    assert "gone.pth cannot be read any more" in str(error)


def test_few_images_are_sent_at_a_time(world: World):
    world.images = 60
    runs, _, pool = world.run(1, Script(look=Seen(frozenset(), frozenset())))
    assert statuses(runs) == ["ok"] * 60
    assert max(pool.shards) == LARGEST_SENT
    assert sum("does not see memory" in said for said in world.notes.said) >= 1


def test_observations_are_those_of_the_shown_pictures_also_after_the_driver_was_killed(world: World):
    world.images, world.save_images = 20, "worst"
    seen = Observation("fields", ".npz", b"anything")
    picture = encode_png(photograph(0))
    done = itertools.count()

    def look(pair: ImagePair) -> Scored:
        if next(done) == world.images // 2:
            raise KeyboardInterrupt
        value = (7 * int(pair.key.partition("/")[2])) % 20
        return Scored(scored(pair.key, {"psnr": value, "ssim": 0.9, "lpips": None}), picture, (seen,))

    def run(_: CellTask, pairs: Sequence[ImagePair]) -> Iterator[object]:
        return itertools.chain([Ready()], map(look, pairs))

    with pytest.raises(KeyboardInterrupt):
        world.run(1, Script(run=run))
    ((run_of_all,), _, _) = world.run(1, Script(run=run))
    ranked = sorted(run_of_all.records, key=lambda record: record.metrics["psnr"] or 0)
    shown = {record.key for record in (*ranked[:WORST], *ranked[-BEST:])}
    folder = run_of_all.path
    assert set((folder / "fields").rglob("*.npz")) == {fields_path(folder, key) for key in shown}
    assert len(list((folder / "restored").rglob("*.png"))) == WORST + BEST


def test_an_image_that_kills_takes_two_workers_also_if_answers_before_it_are_lost(world: World):
    world.images = 60
    deaths: list[int] = []

    def dies(task: CellTask, pairs: Sequence[ImagePair]) -> Iterator[object]:
        place = next((number for number, pair in enumerate(pairs) if pair.key.endswith("/20")), None)
        answers = scores(task, pairs)
        if place is None:
            return answers
        deaths.append(place)
        arrived = max(0, place - images_in_flight(1) - UNREPORTED + 1)
        return itertools.chain(itertools.islice(answers, 1 + arrived), [Died("killed")])

    runs, _, _ = world.run(1, Script(run=dies))
    assert len(deaths) == 2
    assert [record.key for record in runs[0].records if record.status == "failed"] == ["scene10/20"]
