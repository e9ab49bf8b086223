"""How the gate of the learned reconstruction is taught and calibrated, once the network that it judges is trained.

A small network learns, from what the level-set network is shown of a zone, how likely the zone is to come out worse
than with ELVIRA's line. It learns from the samples and from rough images unlike them; the limits that keep promises are
then found on samples that neither network has seen, reconstructed with the gate at work. Needs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inloop.constraints import Mean
from inloop.errors import InloopError
from inloop.gate import SHARES, Outcome, calibrate, candidate_limits, counted
from inloop.mir import learning_levels
from inloop.mir.gate import MEANING, Judge, is_worse
from inloop.mir.layers import Layers
from inloop.mir.learned import FEATURES, VERTICES
from inloop.mir.samples.rough import rough
from inloop.mir.views import Views, joined, views_of
from inloop.nets.perceptron import PerceptronConfig
from inloop.training.fit import FitConfig, Tensors, fit, to_tensors
from inloop.training.sources import Arrays

_AT_ONCE = 256  # samples reconstructed together


@dataclass(frozen=True, kw_only=True)
class GateRun:
    """One training and calibration of the gate."""

    net: PerceptronConfig = field(default_factory=lambda: PerceptronConfig((FEATURES, 48, 48, 1)))
    samples: int = 20000
    """Most samples to learn from."""
    rough: float = 0.06
    """Rough images per sample to learn from."""
    shares: tuple[float, ...] = SHARES
    """Of accepted zones that may be worse: the promises to calibrate."""
    confidence: float = 0.95
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(learning_rate=1e-2, weight_decay=1e-4, warmup=0.3, epochs=40, batch=1024)
    )

    def __post_init__(self) -> None:
        if self.net.sizes[0] != FEATURES or self.net.sizes[-1] != 1:
            raise InloopError(f"net.sizes: {self.net.sizes}; the core gives {FEATURES} features and takes one score")
        if self.samples < 1:
            raise InloopError(f"samples: {self.samples} is not positive")
        if not 0 <= self.rough <= 10:
            raise InloopError(f"rough: {self.rough} is no sensible number of rough images per sample; give 0 to 10")


class Zones(NamedTuple):
    """The n mixed zones of samples' cores and the q questions asked about them, as the gate learns from them."""

    feature: NDArray[np.float32]  # (q, 58)
    zone: NDArray[np.int64]  # (q,)
    sample: NDArray[np.int64]  # (n,)
    worse: NDArray[np.bool_]  # (n,) with the network's answers accepted everywhere
    elvira: NDArray[np.float32]  # (n,) symmetric difference of ELVIRA's lines, shared and projected alike


def learn_judge(
    net: nn.Module,
    learn_on: Views,
    calibrate_on: Views,
    config: GateRun | None = None,
    *,
    progress: Callable[[str], None] = lambda message: None,
) -> Judge:
    """Teach and calibrate the gate of a trained level-set network (on the CPU).

    learn_on, calibrate_on: samples that share no shape; the network should not have been trained on the latter.
    progress is called with a line now and then.
    """
    config = config or GateRun()
    learn_on = learn_on.take(np.arange(min(len(learn_on), config.samples)))
    if images := round(config.rough * len(learn_on)):
        learn_on = joined([learn_on, rough_views(images, seed=config.fit.seed)])
    zones = zones_of(net, learn_on)
    progress(f"{len(zones.worse)} zones to learn from, {zones.worse.mean():.2%} of them worse than ELVIRA's")
    with torch.random.fork_rng([]):
        torch.manual_seed(config.fit.seed)
        score = config.net.build()
    fit(
        score,
        Arrays(feature=zones.feature, worse=zones.worse[zones.zone].astype(np.float32)),
        encode=lambda batch: batch["feature"],
        loss=_surprise,
        weights={"surprise": 1.0},
        how=config.fit,
    )
    return calibrated(net, score, calibrate_on, config, progress=progress)


def calibrated(
    net: nn.Module,
    score: nn.Module,
    calibrate_on: Views,
    config: GateRun | None = None,
    *,
    progress: Callable[[str], None] = lambda message: None,
) -> Judge:
    """A gate that scores as it was taught to, with limits that keep their promises for the answers of `net`."""
    config = config or GateRun()
    held = zones_of(net, calibrate_on)
    doubt = zone_scores(score, held)
    progress(f"{len(held.worse)} zones to calibrate on, {held.worse.mean():.2%} of them worse")

    def outcome(limit: float) -> Outcome:
        accepted = doubt <= limit
        error = symmetric_difference(gated(net, score, limit), calibrate_on)
        found = counted(held.sample, accepted, is_worse(error, held.elvira))
        progress(f"accepting {accepted.mean():.2%}: {found.worse.sum() / max(found.accepted.sum(), 1):.3%} worse")
        return found

    limits = candidate_limits(doubt)
    calibration = calibrate(outcome, limits, meaning=MEANING, shares=config.shares, confidence=config.confidence)
    weights = {name: value.detach().cpu().numpy() for name, value in score.state_dict().items()}
    return Judge(Layers.from_arrays(weights), calibration)


def rough_views(count: int, *, seed: int) -> Views:
    """Rough images as samples of two materials."""
    images = rough(count, seed=seed)
    fractions, coverage = images.fractions, images.coverage
    return views_of(np.stack([fractions, 1 - fractions], axis=1), np.stack([coverage, 1 - coverage], axis=1))


Answer = Callable[[Tensors], Tensor]
"""What is put in the place of the level-set network: a batch to answers (q, 81)."""


def zones_of(net: nn.Module, views: Views) -> Zones:
    """Reconstruct samples with the network's answers and with bare lines."""
    inner = views.inner
    sample = np.repeat(np.arange(len(views)), np.diff(views.first_site))[inner]
    number = np.cumsum(inner) - 1
    asked = np.repeat(np.arange(len(inner)), views.asked)  # the site of each question
    shown = inner[asked]
    elvira = symmetric_difference(bare_lines, views)
    worse = is_worse(symmetric_difference(plain(net), views), elvira)
    return Zones(views.feature[shown], number[asked[shown]], sample, worse, elvira)


def symmetric_difference(answer: Answer, views: Views) -> NDArray[np.float32]:
    """Of every mixed zone of the cores (n,), in zone areas."""
    errors = []
    with torch.no_grad():
        for first in range(0, len(views), _AT_ONCE):
            batch = to_tensors(views.batch(np.arange(first, min(first + _AT_ONCE, len(views)))))
            errors.append(learning_levels.misplaced(answer(batch), batch)[0].numpy())
    return np.concatenate(errors)


def plain(net: nn.Module) -> Answer:
    """The network's answers."""
    return lambda batch: net(batch["feature"])


def bare_lines(batch: Tensors) -> Tensor:
    """Nothing: ELVIRA's lines."""
    return torch.zeros(len(batch["feature"]), VERTICES)


def gated(net: nn.Module, score: nn.Module, limit: float) -> Answer:
    """The network's answers, and nothing in the sites of which one question scores above the limit."""

    def answer(batch: Tensors) -> Tensor:
        site = torch.repeat_interleave(torch.arange(len(batch["asked"])), batch["asked"].long())
        doubt = torch.full((len(batch["asked"]),), -torch.inf).scatter_reduce(
            0, site, score(batch["feature"])[:, 0], "amax"
        )
        kept: Tensor = net(batch["feature"]) * (doubt.double() <= limit)[site, None]
        return kept

    return answer


def scores(score: nn.Module, feature: NDArray[np.float32]) -> NDArray[np.float64]:
    """What the gate's network makes of features (q, 58): (q,)."""
    with torch.no_grad():
        return np.asarray(score(torch.from_numpy(feature))[:, 0].double().numpy())


def zone_scores(score: nn.Module, zones: Zones) -> NDArray[np.float64]:
    """The largest score of each zone's questions (n,): its materials are trusted together or not at all."""
    worst = np.full(len(zones.worse), -np.inf)
    np.maximum.at(worst, zones.zone, scores(score, zones.feature))
    return worst


def _surprise(output: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Mean]:
    """The score is the logarithm of the odds that a zone is worse; its cross entropy."""
    entropy = nn.functional.binary_cross_entropy_with_logits(output[:, 0], batch["worse"], reduction="sum")
    return {"surprise": Mean(entropy, torch.tensor(float(len(output))))}
