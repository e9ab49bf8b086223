"""The case, as inloop asks it: plain functions, gathered."""

from __future__ import annotations

from inloop.case import Case, Rows
from inloop.training.rows import Classical, Measured

from . import data, network

ROWS = Rows(
    network=network.rows,
    asked=data.asked,
    truth=data.truth,
    figures=data.figures,
    classical=data.classical,
)

PRESETS = {"usual": network.Run()}

CASE: Case[network.Run] = Case(
    name="my_case",
    presets=PRESETS,
    draw=data.draw,
    count=10_000,
    samples=network.samples,
    network=network.network,
    encode=network.encode,
    loss=network.loss,
    weights=network.weights,
    metrics=Measured(ROWS, network.rows(PRESETS["usual"]), network.encode),
    watch="error_mean",
    classical=Classical(ROWS, PRESETS["usual"]),
    rows=ROWS,
)
