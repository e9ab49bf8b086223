"""The loop: it learns, it stops when told, and a run that was killed or divided among processes is the same run."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from tests.training import toys
from tests.training.toys import TOY, ToyNet, ToyRun
from torch import nn

from inloop.errors import InloopError
from inloop.training import checkpoint
from inloop.training.fit import CHECKPOINT, WEIGHTS, FitConfig, fit
from inloop.training.run import new_network, train
from inloop.training.schedule import learning_rate

torch.set_num_threads(1)

SHORT = FitConfig(epochs=3, batch=8, learning_rate=0.02)


def trained(how, **settings):
    steps = []
    out = train(TOY, ToyRun(fit=how), toys.toys(40, 0), toys.toys(40, 1), progress=steps.append, **settings)
    return out, steps


def in_a_process(root, orders, *, processes=None, expected=0):
    """Run tests/training/toys.py, alone or under torchrun."""
    command = [sys.executable, "-m"]
    if processes:
        command += ["torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", "-m"]
    paths = os.pathsep.join([str(root), *sys.path])
    environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [*command, "tests.training.toys", json.dumps(orders)],
        cwd=root,
        env=environment,
        capture_output=True,
        timeout=240,
    )
    assert done.returncode == expected, done.stderr.decode()


def losses(path):
    return [tuple(line.split()) for line in path.read_text().splitlines()]


def test_it_learns():
    out, steps = trained(FitConfig(epochs=40, batch=8, learning_rate=0.02))
    assert out.fitted.metrics["mse"] < 0.6 * out.fitted.history[0]["metrics"]["mse"]
    assert len(steps) == out.fitted.steps == 200
    assert [step.step for step in steps] == list(range(1, 201))
    assert out.fitted.stopped == "epochs"
    assert steps[-1].share == 1.0


def test_the_loss_is_the_weighted_sum_of_its_terms():
    _, steps = trained(SHORT)
    for step in steps:
        assert step.loss == pytest.approx(step.terms["mse"] + 0.1 * step.terms["lost"], rel=1e-12)


def test_the_network_that_comes_out_is_the_best_seen():
    out, _ = trained(dataclasses.replace(SHORT, learning_rate=0.5, schedule="constant", epochs=8, evaluate_every=1))
    seen = {entry["step"]: entry["metrics"]["mse"] for entry in out.fitted.history}
    assert out.fitted.step == min(seen, key=seen.get) < max(seen)
    assert toys.metrics(out.net, toys.toys(40, 1))["mse"] == out.fitted.metrics["mse"] == min(seen.values())


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    runs = [[step.loss for step in trained(dataclasses.replace(SHORT, seed=seed))[1]] for seed in (0, 0, 1)]
    assert runs[0] == runs[1] != runs[2]


def test_training_leaves_the_callers_random_numbers_alone():
    torch.manual_seed(7)
    before = torch.get_rng_state()
    trained(SHORT)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(root, tmp_path):
    # killed in the middle of an epoch, after 9 of 15 steps, with checkpoints every step; dropout draws random numbers
    fields = {"epochs": 3, "batch": 8, "evaluate_every": 4, "learning_rate": 0.02}
    orders = {"fit": fields, "dropout": 0.2, "directory": str(tmp_path / "run"), "log": str(tmp_path / "log")}
    in_a_process(root, orders | {"die at": 9}, expected=-signal.SIGKILL)
    in_a_process(root, orders)
    whole = ToyRun(net=ToyNet(dropout=0.2), fit=FitConfig(**fields))
    steps = []
    out = train(TOY, whole, toys.toys(40, 0), toys.toys(40, 1), progress=steps.append)
    seen = losses(tmp_path / "log")
    # the callback came before the checkpoint: step 9 was done twice, to the same end
    assert [int(step) for step, _ in seen] == [*range(1, 10), *range(9, 16)]
    assert dict(seen) == {str(step.step): step.loss.hex() for step in steps}
    end = json.loads((tmp_path / "log.json").read_text())
    assert end["weights"] == {
        n: [x.hex() for x in t.double().flatten().tolist()] for n, t in out.net.state_dict().items()
    }
    assert end["metrics"] == out.fitted.metrics


class InterruptedRunError(Exception):
    pass


@pytest.mark.parametrize("stop", [1, 5, 8])
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_an_interrupted_run_goes_on_wherever_it_was(tmp_path, optimizer, stop):
    how = dataclasses.replace(SHORT, optimizer=optimizer, weight_decay=0.1, evaluate_every=4)
    whole, seen = trained(how)[0], []

    def progress(step):
        seen.append(step)
        if len(seen) == stop + 1:  # the checkpoint of this step is not written: it will be taken again
            raise InterruptedRunError

    def run():
        given = toys.toys(40, 0), toys.toys(40, 1)
        return train(TOY, ToyRun(fit=how), *given, directory=tmp_path, progress=progress, checkpoint_seconds=0)

    with pytest.raises(InterruptedRunError):
        run()
    again = run()
    assert [step.step for step in seen] == [*range(1, stop + 2), *range(stop + 1, 16)]
    assert all(torch.equal(a, b) for a, b in zip(again.net.parameters(), whole.net.parameters(), strict=True))
    times = {"seconds": None}
    assert [entry | times for entry in again.fitted.history] == [entry | times for entry in whole.fitted.history]


def test_two_processes_follow_the_single_one(root, tmp_path):
    fields = {"epochs": 3, "batch": 8, "learning_rate": 0.02}
    in_a_process(root, {"fit": fields, "log": str(tmp_path / "two")}, processes=2)
    _, steps = trained(FitConfig(**fields))
    two = [float.fromhex(loss) for _, loss in losses(tmp_path / "two")]
    assert len(two) == 15
    assert two == pytest.approx([step.loss for step in steps], rel=2e-6)


def test_a_finished_run_is_not_run_again_and_another_is_not_mixed_in(tmp_path):
    first, _ = trained(SHORT, directory=tmp_path)
    again, steps = trained(SHORT, directory=tmp_path)
    assert steps == []
    assert again.fitted.metrics == first.fitted.metrics
    assert all(torch.equal(a, b) for a, b in zip(again.net.parameters(), first.net.parameters(), strict=True))
    with pytest.raises(
        InloopError, match=r"checkpoint\.safetensors: belongs to a run with fit\.batch = 8, this one has 4"
    ):
        trained(dataclasses.replace(SHORT, batch=4), directory=tmp_path)
    with pytest.raises(InloopError, match=r"belongs to a run with data\.sha256"):
        train(TOY, ToyRun(fit=SHORT), toys.toys(40, 5), toys.toys(40, 1), directory=tmp_path)


@pytest.mark.parametrize("damage", ["cut", "foreign"])
def test_a_damaged_checkpoint_is_refused_in_one_line(tmp_path, damage):
    trained(SHORT, directory=tmp_path)
    path = tmp_path / CHECKPOINT
    path.write_bytes(path.read_bytes()[:200] if damage == "cut" else b"not one of ours, but long enough to look at")
    with pytest.raises(InloopError, match=r"checkpoint\.safetensors: is not a checkpoint of inloop, or is damaged"):
        trained(SHORT, directory=tmp_path)


def test_weights_on_disk_fit_their_network_only(tmp_path):
    out, _ = trained(SHORT, directory=tmp_path)
    fresh = new_network(TOY, ToyRun(fit=dataclasses.replace(SHORT, seed=9)))
    about = checkpoint.load_weights(fresh, tmp_path / WEIGHTS)
    assert about["metrics"] == out.fitted.metrics
    assert torch.equal(fresh[0].weight, out.net[0].weight)
    with pytest.raises(InloopError, match=r"0\.weight has shape \(6, 4\), this network wants \(5, 4\)"):
        checkpoint.load_weights(new_network(TOY, ToyRun(net=ToyNet(width=5))), tmp_path / WEIGHTS)
    with pytest.raises(InloopError, match="there is no such file"):
        checkpoint.load_weights(fresh, tmp_path / "no")


def test_patience():
    how = FitConfig(epochs=100, batch=8, learning_rate=0.9, schedule="constant", patience=3)
    out, _ = trained(how)
    assert out.fitted.stopped == "patience"
    values = [entry["metrics"]["mse"] for entry in out.fitted.history]
    assert min(values[-3:]) >= min(values[:-3]) == values[-4]


@pytest.mark.parametrize(
    ("limits", "steps"), [({"epochs": 2}, 10), ({"epochs": None, "steps": 7}, 7), ({"steps": 3}, 3)]
)
def test_limits(limits, steps):
    out, _ = trained(dataclasses.replace(SHORT, **limits))
    assert out.fitted.steps == steps
    assert out.fitted.history[-1]["step"] == steps  # the end is always evaluated


def test_a_limit_in_seconds_ends_the_run_and_brings_the_learning_rate_down():
    out, steps = trained(FitConfig(epochs=None, seconds=0.5, batch=8))
    assert out.fitted.stopped == "seconds"
    assert 0.5 <= out.fitted.seconds < 5
    assert steps[0].steps is None
    assert steps[-1].learning_rate < 0.3 * max(step.learning_rate for step in steps)


def test_learning_rate():
    how = FitConfig(learning_rate=2.0, warmup=0.2)
    assert learning_rate(how, 0.0) == pytest.approx(0.02)
    assert learning_rate(how, 0.1) == pytest.approx(1.01)
    assert learning_rate(how, 0.2) == pytest.approx(2.0)
    assert learning_rate(how, 0.6) == pytest.approx(1.0)
    assert learning_rate(how, 1.0) == pytest.approx(0.0, abs=1e-12)
    assert learning_rate(dataclasses.replace(how, schedule="linear"), 0.8) == pytest.approx(0.5)
    assert learning_rate(dataclasses.replace(how, schedule="constant"), 1.0) == 2.0


def test_half_precision_learns_as_well():
    full, half = (trained(FitConfig(epochs=20, batch=8, learning_rate=0.02, precision=p))[0] for p in ("fp32", "bf16"))
    assert half.net[0].weight.dtype == torch.float32
    assert half.fitted.metrics["mse"] == pytest.approx(full.fitted.metrics["mse"], rel=0.05)
    assert half.fitted.metrics["mse"] != full.fitted.metrics["mse"]


def test_curves_for_tensorboard(tmp_path):
    trained(SHORT, directory=tmp_path, tensorboard=True)
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path / "events"))
    events.Reload()
    assert {"train/loss", "train/mse", "train/learning_rate", "validation/mse"} <= set(events.Tags()["scalars"])
    assert len(events.Scalars("train/loss")) == 15
    assert [event.step for event in events.Scalars("validation/mse")] == [5, 10, 15]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"batch": 0}, "batch: 0 is not positive"),
        ({"learning_rate": -1.0}, "learning_rate: -1.0 is not positive"),
        ({"weight_decay": -1.0}, "weight_decay: -1.0 is negative"),
        ({"warmup": 1.0}, "warmup: 1.0 is not a share of the run; give 0 or more and less than 1"),
        ({"epochs": None}, "epochs: nothing limits the run; give epochs, steps or seconds"),
    ],
)
def test_bad_settings_are_refused(fields, line):
    with pytest.raises(InloopError) as refusal:
        FitConfig(**fields)
    assert str(refusal.value) == line


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(InloopError, match=r"fit\.batch: 64 samples a step, the data has 40"):
        trained(FitConfig(batch=64))
    with pytest.raises(InloopError, match=r"fit\.precision: fp16 underflows on a cpu"):
        trained(FitConfig(batch=8, precision="fp16"))
    with pytest.raises(InloopError, match="device: warp is not to be had here"):
        trained(SHORT, device="warp")
    with pytest.raises(InloopError, match=r"loss: is .* at step \d+; lower fit\.learning_rate"):
        trained(FitConfig(batch=8, learning_rate=1e30, optimizer="sgd", clip=None, warmup=0.0))


def test_weights_and_terms_must_agree():
    net = nn.Sequential(nn.Linear(4, 4))
    with pytest.raises(InloopError, match="weights: given for mse; the loss has the terms mse, lost"):
        fit(
            net,
            toys.toys(40, 0),
            encode=toys.encode,
            loss=lambda output, batch: toys.loss(None, output, batch),
            weights={"mse": 1.0},
            how=SHORT,
        )


def test_without_an_evaluation_the_last_weights_come_out():
    net = new_network(TOY, ToyRun())
    out = fit(
        net,
        toys.toys(40, 0),
        encode=toys.encode,
        loss=lambda output, batch: toys.loss(None, output, batch),
        weights=toys.weights(None),
        how=SHORT,
    )
    assert out.step == out.steps == 15
    assert list(out.metrics) == ["loss"]
    assert np.isfinite(out.metrics["loss"])
