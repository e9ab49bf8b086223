"""A case small enough to train in a second, which other processes can import: shares of a disc in 2 x 2 pixels."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

from inloop.case import Case
from inloop.constraints import conservation, square_error
from inloop.training.fit import FitConfig
from inloop.training.run import train
from inloop.training.sources import Arrays


@dataclass(frozen=True, kw_only=True)
class ToyNet:
    width: int = 6
    dropout: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ToyRun:
    net: ToyNet = field(default_factory=ToyNet)
    fit: FitConfig = field(default_factory=FitConfig)


def toys(count, seed):
    """Images (count, 2, 2), of which one in three is empty, and their means as fractions (count, 1, 1)."""
    rng = np.random.default_rng(seed)
    images = (rng.random((count, 2, 2)) * rng.choice([0.0, 0.5, 1.0], (count, 1, 1))).astype(np.float32)
    return Arrays(images=images, fractions=images.mean((1, 2), keepdims=True), names=np.array(["toy"] * count))


def samples(config, path, part):
    return toys(40, 0 if part == "train" else 1)


def network(config):
    layers = [nn.Linear(4, config.net.width), nn.Tanh(), nn.Dropout(config.net.dropout), nn.Linear(config.net.width, 4)]
    return nn.Sequential(*layers)


def encode(batch):
    return batch["fractions"].flatten(1).expand(-1, 4)


def loss(config, output, batch):
    images = output.view(-1, 2, 2)
    return {"mse": square_error(images, batch["images"]), "lost": conservation(images, batch["fractions"])}


def weights(config):
    return {"mse": 1.0, "lost": 0.1}


def metrics(net, source):
    (batch,) = source.in_order(len(source))
    with torch.no_grad():
        images = net(encode({"fractions": torch.from_numpy(batch["fractions"])})).view(-1, 2, 2)
    return {"mse": float((images - torch.from_numpy(batch["images"])).square().mean())}


def classical(source):
    return {"flat": {"mse": 0.1}}


TOY = Case(
    name="toy",
    presets={"small": ToyRun()},
    samples=samples,
    network=network,
    encode=encode,
    loss=loss,
    weights=weights,
    metrics=metrics,
    watch="mse",
    classical=classical,
)


def main():
    """Train as the JSON argument says; every step's loss goes to a file, to the last bit, as soon as it is known."""
    orders = json.loads(sys.argv[1])
    torch.set_num_threads(1)
    run = ToyRun(net=ToyNet(dropout=orders.get("dropout", 0.0)), fit=FitConfig(**orders["fit"]))
    log = Path(orders["log"])

    def progress(step):
        with log.open("a") as file:
            print(step.step, step.loss.hex(), file=file)
        if step.step == orders.get("die at"):
            os.kill(os.getpid(), signal.SIGKILL)

    directory = Path(orders["directory"]) if "directory" in orders else None
    trained = train(
        TOY,
        run,
        toys(40, 0),
        toys(40, 1),
        directory=directory,
        progress=progress,
        checkpoint_seconds=orders.get("apart", 0),
    )
    if int(os.environ.get("RANK", "0")) == 0:
        bits = {name: [x.hex() for x in t.double().flatten().tolist()] for name, t in trained.net.state_dict().items()}
        log.with_suffix(".json").write_text(json.dumps({"weights": bits, "metrics": trained.fitted.metrics}))


if __name__ == "__main__":
    main()
