"""The engine: who leaves when, who computes what, and what concurrency must not change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest
import torch

from function.deadline import Deadline
from function.trm.attempt import Sample, Tokens
from function.trm.config import NetworkConfig
from function.trm.engine import Engine
from function.trm.errors import TrmError
from function.trm.microbatch import OBSERVATIONS, MicroBatch
from function.trm.network import TinyRecursiveModel
from function.trm.numpy_network import Floats, NumpyNetwork
from function.trm.numpy_runner import NumpyRunner
from function.trm.runner import Runner
from function.trm.torch_runner import TorchRunner

NEVER = Deadline.after(3600)


def small_model(**changes: Any) -> TinyRecursiveModel:
    torch.manual_seed(11)
    fields: dict[str, Any] = {
        "seq_len": 16, "vocab_size": 6, "hidden_size": 32, "num_heads": 2, "H_cycles": 2,
        "L_cycles": 2, "expansion": 2.0, "pos_encodings": "none", "mlp_t": True,
    }  # fmt: skip
    model = TinyRecursiveModel(NetworkConfig(**(fields | changes))).eval().requires_grad_(False)
    model.inner.q_head.weight.normal_(std=0.1)
    return model


def calm_model() -> TinyRecursiveModel:
    """A network of small weights, whose states come to rest; others are chaotic."""
    model = small_model()
    for matrix in model.inner.L_level.parameters():
        matrix.mul_(0.3)
    return model


def numpy_runner(model: TinyRecursiveModel, threads: int = 0) -> NumpyRunner:
    tensors = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    return NumpyRunner(NumpyNetwork(model.config, tensors), threads)


RUNNERS: dict[str, Callable[..., Runner]] = {"numpy": numpy_runner, "torch": TorchRunner}


@pytest.fixture(params=sorted(RUNNERS))
def runner_of(request: pytest.FixtureRequest) -> Callable[..., Runner]:
    return RUNNERS[request.param]


@pytest.fixture
def engine(runner_of: Callable[..., Runner]) -> Iterator[Engine]:
    made = Engine(runner_of(small_model()))
    yield made
    made.close()


def tokens_of(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 6, size=16)


def attempt(which: int = 0, **changes: Any) -> Sample:
    values: dict[str, Any] = {
        "deadline": NEVER,
        "finished": SimpleQueue(),
        "max_steps": 6,
    } | changes
    return Sample(tokens=tokens_of(which), **values)


def run(engine: Engine, *attempts: Sample) -> None:
    engine.submit(attempts)
    for each in attempts:
        each.finished.get(timeout=30)


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_neighbours_do_not_change_what_a_sample_computes(
    runner_of: Callable[..., Runner], noise: float
) -> None:
    engine = Engine(runner_of(calm_model()))
    alone = [attempt(seed, noise=noise, seed=seed) for seed in range(12)]
    for each in alone:
        run(engine, each)
    engine.micro_batch.size = 8
    together = [attempt(seed, noise=noise, seed=seed, max_steps=3 + seed % 4) for seed in range(12)]
    run(engine, *together)
    for one, many in zip(alone, together, strict=True):
        assert len(many.steps) == many.max_steps
        for ours, theirs in zip(one.steps, many.steps, strict=False):
            np.testing.assert_array_equal(ours.tokens, theirs.tokens)
            assert ours.halt == pytest.approx(theirs.halt, abs=1e-5)
    engine.close()


def test_steps_are_those_of_the_network(runner_of: Callable[..., Runner]) -> None:
    model = calm_model()
    engine = Engine(runner_of(model))
    mine = attempt(4)
    run(engine, mine)
    engine.close()
    with torch.no_grad():
        embedded = model.embed(torch.from_numpy(mine.tokens)[None])
        state = model.initial_state(1)
        for step in mine.steps:
            state, output = model(state, embedded)
            np.testing.assert_array_equal(output.logits.argmax(-1)[0].numpy(), step.tokens)
            assert step.halt == pytest.approx(float(output.halt), abs=1e-5)


def test_noise_is_drawn_from_the_seed(engine: Engine) -> None:
    first, again = attempt(1, noise=1.0, seed=5), attempt(1, noise=1.0, seed=5)
    other, quiet = attempt(1, noise=1.0, seed=6), attempt(1)
    run(engine, first, again, other, quiet)
    halts = [[step.halt for step in each.steps] for each in (first, again, other, quiet)]
    assert halts[0] == pytest.approx(halts[1], abs=1e-4)
    assert halts[0] != pytest.approx(halts[2], abs=1e-3)
    assert halts[0] != pytest.approx(halts[3], abs=1e-3)


def test_a_sample_leaves_when_it_halts(engine: Engine) -> None:
    free = attempt(2)
    run(engine, free)
    halts = [step.halt for step in free.steps]
    threshold = max(halts) - 1e-4
    halting = attempt(2, halt_above=threshold)
    run(engine, halting)
    assert halting.ending == "confident"
    assert len(halting.steps) == int(np.argmax(halts)) + 1
    assert free.ending == "max_steps"


@pytest.mark.parametrize("cycle", [3, 4])
def test_a_sample_leaves_when_its_own_check_passes_within_a_step_too(
    engine: Engine, cycle: int
) -> None:
    seen: list[Tokens] = []

    def passes(tokens: Tokens) -> bool:
        seen.append(tokens)
        return len(seen) == cycle

    checked = attempt(3, check=passes, halt_above=1e9)
    run(engine, checked)
    assert (checked.ending, len(checked.steps)) == ("checks_passed", 2)  # a step has two cycles
    assert len(seen) == checked.cycles == cycle
    np.testing.assert_array_equal(checked.steps[-1].tokens, seen[-1])


def test_an_answer_that_repeats_itself_is_given_up_only_when_asked(
    runner_of: Callable[..., Runner],
) -> None:
    engine = Engine(runner_of(calm_model()))
    stubborn = attempt(5, max_steps=30)
    settled = attempt(5, max_steps=30, until_settled=True)
    run(engine, stubborn, settled)
    repeats = [np.array_equal(one.tokens, other.tokens) for one, other in pairwise(stubborn.steps)]
    assert any(repeats)
    assert (settled.ending, len(settled.steps)) == ("settled", repeats.index(True) + 2)
    assert (stubborn.ending, len(stubborn.steps)) == ("max_steps", 30)
    engine.close()


def test_a_deadline_ends_an_attempt_after_the_step_under_way(engine: Engine) -> None:
    ticks = iter([0.0, 0.0, 0.0, 1.0, 5.0])
    late = attempt(0, deadline=Deadline(at=0.5, clock=lambda: next(ticks)))
    run(engine, late)
    assert (late.ending, len(late.steps)) == ("deadline", 3)


def test_an_attempt_that_is_late_already_takes_no_step(engine: Engine) -> None:
    late = attempt(0, deadline=Deadline.after(-1))
    run(engine, late)
    assert (late.ending, late.steps) == ("deadline", [])


def test_new_samples_join_between_steps(engine: Engine) -> None:
    engine.micro_batch.size = 2
    order: SimpleQueue[Sample] = SimpleQueue()
    long = attempt(0, max_steps=40, finished=order)
    short = [attempt(seed, max_steps=2, finished=order) for seed in range(1, 6)]
    engine.submit([long, *short])
    left = [order.get(timeout=30) for _ in range(6)]
    assert left[-1] is long
    assert left[:5] == short


def test_patient_attempts_wait_for_the_others(engine: Engine) -> None:
    order: SimpleQueue[Sample] = SimpleQueue()
    entered, go_on = threading.Event(), threading.Event()

    def hold(tokens: Tokens) -> bool:
        entered.set()
        return go_on.wait(30)

    # The worker is held inside a check until everything is queued.
    engine.submit([attempt(9, check=hold, finished=order)])
    assert entered.wait(30)
    patient = [attempt(seed, finished=order, patient=True, max_steps=1) for seed in range(3)]
    urgent = [attempt(seed, finished=order, max_steps=1) for seed in range(3)]
    engine.micro_batch.size = 1
    engine.submit([*patient, *urgent])
    go_on.set()
    assert [order.get(timeout=30) for _ in range(7)][1:] == [*urgent, *patient]


def test_many_threads_get_their_own_answers(engine: Engine) -> None:
    expected = {}
    for seed in range(8):
        one = attempt(seed)
        run(engine, one)
        expected[seed] = one.steps[-1].tokens.tolist()
    got: dict[int, list[int]] = {}

    def ask(seed: int) -> None:
        mine = attempt(seed % 8)
        run(engine, mine)
        got[seed] = mine.steps[-1].tokens.tolist()

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert got == {seed: expected[seed % 8] for seed in range(24)}


def test_a_failing_sample_does_not_end_the_engine(runner_of: Callable[..., Runner]) -> None:
    sizes = {"puzzle_emb_ndim": 32, "puzzle_emb_len": 1, "num_puzzle_identifiers": 2}
    engine = Engine(runner_of(small_model(**sizes)))
    known, unknown = attempt(0, identifier=1), attempt(1, identifier=7)
    run(engine, unknown)
    assert isinstance(unknown.error, IndexError)

    def broken(tokens: Tokens) -> bool:
        raise RuntimeError("no")

    failing = attempt(2, identifier=0, check=broken)
    run(engine, failing)
    assert isinstance(failing.error, RuntimeError)
    run(engine, known)
    assert (known.error, known.ending) == (None, "max_steps")
    engine.close()


def test_closing_cancels_what_is_left(runner_of: Callable[..., Runner]) -> None:
    engine = Engine(runner_of(small_model()))
    endless = attempt(0, max_steps=10**9)
    engine.submit([endless])
    engine.close()
    assert endless.finished.get(timeout=30).ending == "cancelled"
    with pytest.raises(TrmError, match="closed"):
        engine.submit([attempt(0)])


def test_the_micro_batch_grows_while_that_pays() -> None:
    costs = {1: 1.0, 2: 0.7, 4: 0.5, 8: 0.49, 16: 0.3}
    batch = MicroBatch()
    for _ in range(5 * OBSERVATIONS):
        batch.record(batch.size, costs[batch.size] * batch.size)
    assert batch.size == 4


def test_one_slow_observation_does_not_stop_the_growth() -> None:
    batch = MicroBatch()
    for _ in range(OBSERVATIONS):
        batch.record(1, 1.0)
    for seconds in (9.0, 1.0, *[9.0] * (OBSERVATIONS - 2)):
        batch.record(2, seconds)
    batch.record(1, 5.0)
    assert batch.size == 4


def test_the_micro_batch_begins_with_a_sample_for_every_core() -> None:
    batch = MicroBatch(smallest=3)
    assert batch.size == 3
    for _ in range(OBSERVATIONS):
        batch.record(3, 1.0)
    assert batch.size == 6


class NotedRunner(NumpyRunner):
    """Notes how many samples each cycle has."""

    def __init__(self) -> None:
        super().__init__(numpy_runner(small_model())._network)
        self.sizes: list[int] = []

    def advance(self, noise: Sequence[Floats | None]) -> tuple[Tokens, list[float]]:
        self.sizes.append(len(noise))
        return super().advance(noise)


def test_samples_wait_a_moment_for_those_who_ask_again() -> None:
    noted = NotedRunner()
    engine = Engine(noted, patience=1_000)  # no test should depend on a pause
    engine.micro_batch.size = 3
    finished: SimpleQueue[Sample] = SimpleQueue()
    long = attempt(0, max_steps=2)
    engine.submit([long, *(attempt(number, max_steps=1, finished=finished) for number in (1, 2))])
    for number in (3, 4):
        finished.get(timeout=30)
        engine.submit([attempt(number, max_steps=1)])
    long.finished.get(timeout=30)
    engine.close()
    assert noted.sizes == [3, 3, 3, 3]


def test_samples_do_not_wait_for_those_who_never_come(engine: Engine) -> None:
    engine.micro_batch.size = 2
    long = attempt(0)
    run(engine, long, attempt(1, max_steps=1))
    assert len(long.steps) == long.max_steps


class ToldRunner(TorchRunner):
    """Notes what torch says about its threads."""

    told = ""

    def advance(self, noise: Sequence[Floats | None]) -> tuple[Tokens, list[float]]:
        self.told = torch.__config__.parallel_info()
        return super().advance(noise)


def test_torch_computes_on_as_many_threads_as_it_is_told() -> None:
    runner = ToldRunner(small_model(), threads=5)
    engine = Engine(runner)
    run(engine, attempt(0, max_steps=1))
    engine.close()
    assert "omp_get_max_threads() : 5\n" in runner.told
    assert engine.micro_batch.size >= 5


@pytest.mark.parametrize("samples", [1, 2, 3, 7])
def test_cores_share_the_samples_and_change_nothing(samples: int) -> None:
    alone, shared = numpy_runner(calm_model(), 1), numpy_runner(calm_model(), 3)
    assert (alone.cores, shared.cores) == (1, 3)
    tokens = np.stack([tokens_of(seed) for seed in range(samples)])
    for runner in (alone, shared):
        runner.join(tokens, None)
    for _ in range(3):
        (one, halts), (other, their_halts) = (r.advance([None] * samples) for r in (alone, shared))
        np.testing.assert_array_equal(one, other)
        assert halts == pytest.approx(their_halts, abs=1e-4)
    for runner in (alone, shared):
        runner.close()
