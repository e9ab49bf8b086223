"""How the gas-optics networks are taught: the case of the optical depths, long wave or short wave by its table.

A sample is a column. The network answers for each of its layers; the loss compares optical depths and, through quick
solvers that gradients pass, what they do to fluxes and heating rates. Needs torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inloop.case import Batch, Case, Numbers, Part, Source
from inloop.case import Rows as RowsOf
from inloop.constraints import Mean
from inloop.data import Samples
from inloop.errors import InloopError
from inloop.gasoptics import rfmip
from inloop.gasoptics import samples as columns
from inloop.gasoptics.atmosphere import DAY, GRAVITY, HEAT, Atmosphere
from inloop.gasoptics.encoding import FAINTEST, row_network, rows, target
from inloop.gasoptics.files import data_folder, use_folder
from inloop.gasoptics.gate import Envelope
from inloop.gasoptics.learning_fluxes import PATHS, longwave_fluxes, shortwave_fluxes
from inloop.gasoptics.lookup import LookUp
from inloop.gasoptics.measures import flux_errors
from inloop.gasoptics.table import Table
from inloop.nets.perceptron import PerceptronConfig
from inloop.row_network import RowNetwork
from inloop.training.fit import FitConfig
from inloop.training.sources import Rows

_MOST = 150  # columns whose fluxes an evaluation looks at
_SHOWN = ("score", "flux_rmse", "top_up_rmse", "surface_down_rmse", "heating_rmse", "heating_rmse_weighted")


@dataclass(frozen=True, kw_only=True)
class GasRun:
    """One training of the optical depths of one table."""

    table: str
    """The table: its file, or what the name of one in the data folder holds, as in lw_climate_fsck-32b."""
    hidden: tuple[int, ...] = (64, 64)
    """Widths of the hidden layers."""
    apart: bool = True
    """Whether it answers gas by gas, the amounts of gases being factors by law."""
    hats: tuple[int, int, int] = (27, 24, 12)
    """Points of pressure, temperature and water that the network is shown the nearness of."""
    depth: float = 10.0
    """Weight of the loss on the fourth root of absorption, in its own spread."""
    flux: float = 0.1
    """Of that on fluxes, in W/m2."""
    ends: float = 0.1
    """Of that on what leaves at the top and what arrives at the ground, in W/m2."""
    heating: float = 1.0
    """Of that on heating rates, in K/day."""
    spectral: float = 1.0
    """In the last three, how much the terms one by one count beside all together."""
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(
            optimizer="soap", learning_rate=3e-3, batch=32, epochs=None, steps=16_000, warmup=0.01, evaluate_every=2000
        )
    )

    def __post_init__(self) -> None:
        if not self.hidden or min(self.hidden) < 1:
            raise InloopError(f"hidden: {self.hidden}; give at least one positive width")
        if min(self.depth, self.flux, self.ends, self.heating) < 0:
            raise InloopError("depth, flux, ends, heating: a weight is negative")


@lru_cache(maxsize=4)
def look_up(table: str) -> LookUp:
    """The table that a run is taught by."""
    return LookUp(Table.load(table_file(table)))


def table_file(table: str) -> Path:
    """Where a table lies: a file, or the one in the data folder whose name holds the text."""
    if Path(table).is_file():
        return Path(table)
    folder = data_folder()
    fitting = sorted(folder.glob(f"*{table}*ckd-definition.nc"))
    if len(fitting) != 1:
        there = ", ".join(one.name for one in sorted(folder.glob("*ckd-definition.nc"))) or "none"
        raise InloopError(f"table '{table}': names {len(fitting)} of the tables in {folder}; there are {there}")
    return fitting[0]


@lru_cache(maxsize=4)
def _row_network(table: str, hidden: tuple[int, ...], apart: bool, hats: tuple[int, int, int]) -> RowNetwork:
    return row_network(look_up(table), hidden, apart=apart, hats=hats)


def row_network_of(config: GasRun) -> RowNetwork:
    """How the network's numbers come of physical ones."""
    return _row_network(config.table, config.hidden, config.apart, config.hats)


class ColumnSource(Rows):
    """Columns of a store with what the table makes of them, in memory."""

    def __init__(self, config: GasRun, air: Atmosphere, about: Mapping[str, Any]) -> None:
        super().__init__(np.arange(air.columns), self._batch)
        optics, network = look_up(config.table), row_network_of(config)
        self.config, self.air, self.optics = config, air, optics
        self._about = {**about, "table": optics.table.name}
        asked, depth = rows(air, network.names), optics.depth(air)
        self._arrays: dict[str, NDArray[np.floating[Any]]] = {
            "asked": asked.reshape(air.columns, air.layers, -1),
            "features": network.features(asked).astype(np.float32).reshape(air.columns, air.layers, -1),
            "target": target(network, optics, asked).reshape(air.columns, air.layers, -1),
            "depth": depth,
            "moles": air.moles.astype(np.float32),
            "thickness": air.thickness.astype(np.float32),
            "share": _shares(air.pressure_half).astype(np.float32),
        }
        amounts = network.amounts(asked)
        if amounts is not None:
            self._arrays["amounts"] = amounts.astype(np.float32).reshape(air.columns, air.layers, -1)
        if optics.table.is_longwave:
            self._arrays["emission"] = optics.emission(air.temperature_half).astype(np.float32)
            self._arrays["surface"] = optics.emission(air.surface_temperature).astype(np.float32)

    @property
    def about(self) -> Mapping[str, Any]:
        """What the samples are."""
        return self._about

    def _batch(self, rows: NDArray[np.int64]) -> Batch:
        return {name: array[rows] for name, array in self._arrays.items()}


def _shares(half: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much the heating of each layer counts: in equal parts evenly, by the cube root of pressure, and by mass."""
    counts = (np.ones_like(half[:, 1:]), np.diff(np.cbrt(half), axis=1), np.diff(half, axis=1))
    shares: NDArray[np.float64] = sum(one / one.sum(axis=1, keepdims=True) for one in counts) / len(counts)
    return shares


def draw(path: Path, count: int, seed: int) -> None:
    """Draw columns from the RFMIP atmospheres of the data folder."""
    columns.generate(columns.Recipe(), rfmip.load(data_folder()), path, count, seed=seed)


def samples(config: GasRun, path: Path, part: Part) -> Source:
    """Open a part of a store of columns."""
    with Samples(path) as store:
        if store.recipe.get("kind") != columns.KIND:
            raise InloopError(f"{path}: holds no columns of air; draw them with inloop train gasoptics")
        chosen = store.rows(part)
        if not len(chosen):
            raise InloopError(f"{path}: has no columns for {part}; draw more")
        about = {"recipe": store.recipe, "seed": store.layout.seed, "count": len(store), "part": part}
        return ColumnSource(config, columns.atmosphere(store.read(chosen)), about)


def network(config: GasRun) -> nn.Module:
    """Build the network; untrained, it answers the middle of each term."""
    return PerceptronConfig(row_network_of(config).sizes).build()


def encode(batch: Mapping[str, Tensor]) -> Tensor:
    """Return what the network sees of each layer, (columns, layers, inputs)."""
    return batch["features"]


def depths(config: GasRun, output: Tensor, moles: Tensor, amounts: Tensor | None) -> Tensor:
    """Return optical depths: never below zero, whatever the network says."""
    stated = row_network_of(config).output
    shift, scale = (
        torch.tensor(one, dtype=torch.float32, device=output.device) for one in (stated.shift, stated.scale)
    )
    absorbs = (shift + scale * output).square().square()
    if amounts is not None:
        parts = absorbs.reshape(*amounts.shape, -1)
        absorbs = (parts * amounts[..., None]).sum(dim=-2).clamp_min(FAINTEST)
    return absorbs * moles[..., None]


def loss(config: GasRun, output: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Mean]:
    """Return the terms of the loss by name."""
    both = (depths(config, output, batch["moles"], batch.get("amounts")), batch["depth"])
    if "emission" in batch:
        low, high = np.log(PATHS)
        path = torch.exp(low + (high - low) * torch.rand(len(output), 1, 1)).to(output)
        found, true = (longwave_fluxes(depth, batch["emission"], batch["surface"], path) for depth in both)
    else:
        table = look_up(config.table).table
        solar, rayleigh = (torch.as_tensor(one).to(output) for one in (table.solar, table.rayleigh))
        cosine = torch.rand(len(output), 1, 1).to(output) * 0.95 + 0.05
        scattering = batch["moles"][..., None] * rayleigh
        found, true = (shortwave_fluxes(depth, scattering, solar, cosine) for depth in both)
    up, down = (mine - theirs for mine, theirs in zip(found, true, strict=True))
    per_pascal = (GRAVITY / HEAT * DAY) / batch["thickness"][..., None]
    warming = torch.diff(up - down, dim=1) * per_pascal
    count = torch.tensor(float(len(output)), device=output.device)
    return {
        "depth": Mean((output - batch["target"]).square().mean(dim=(1, 2)).sum(), count),
        "flux": Mean((_squares(config, up) + _squares(config, down)).mean(dim=1).sum(), count),
        "ends": Mean((_squares(config, up[:, 0]) + _squares(config, down[:, -1])).sum(), count),
        "heating": Mean((_squares(config, warming) * batch["share"]).sum(), count),
    }


def _squares(config: GasRun, error: Tensor) -> Tensor:
    """Return the square of the error of all terms together, and those of each term: the sum alone can be right by
    errors that cancel, in the columns that were taught and nowhere else."""
    return error.sum(dim=-1).square() + config.spectral * error.square().sum(dim=-1)


def weights(config: GasRun) -> dict[str, float]:
    """Return the weights of those terms."""
    return {"depth": config.depth, "flux": config.flux, "ends": config.ends, "heating": config.heating}


def metrics(net: nn.Module, held_out: Source) -> dict[str, float]:
    """Return the errors of fluxes and heating rates against the table's, on some of the columns."""
    source = _columns(held_out)
    found = flux_errors(Taught(net, source.config), source.optics, source.air.taken(slice(0, _MOST)))
    return {name: found[name] for name in _SHOWN}


def classical(held_out: Source) -> dict[str, dict[str, float]]:
    """Return nothing: the table is what is learned, and has no error by this measure."""
    return {}


class Taught:
    """A network in training, as gas optics; what is not learned is the table's."""

    def __init__(self, net: nn.Module, config: GasRun) -> None:
        self._net, self._config = net, config
        self._network, table = row_network_of(config), look_up(config.table)
        self._table = table
        self.terms, self.needed, self.name = table.terms, table.needed, "learned"

    @property
    def irradiance(self) -> NDArray[np.float64]:
        """As the table has it."""
        return self._table.irradiance

    @property
    def rayleigh(self) -> NDArray[np.float64]:
        """As the table has it."""
        return self._table.rayleigh

    def emission(self, temperature: NDArray[np.float64]) -> NDArray[np.float64]:
        """As the table has it."""
        return self._table.emission(temperature)

    def depth(self, air: Atmosphere) -> NDArray[np.float32]:
        """(columns, layers, terms) optical depth."""
        asked = rows(air, self._network.names)
        device = next(self._net.parameters()).device

        def layers(values: NDArray[np.float64]) -> Tensor:
            return torch.from_numpy(values.astype(np.float32).reshape(air.columns, air.layers, -1)).to(device)

        amounts = self._network.amounts(asked)
        with torch.no_grad():
            answer = self._net(layers(self._network.features(asked)))
            moles = torch.from_numpy(air.moles.astype(np.float32)).to(device)
            found: NDArray[np.float32] = (
                depths(self._config, answer, moles, None if amounts is None else layers(amounts)).cpu().numpy()
            )
        return found


def _asked(batch: Batch) -> Numbers:
    """The layers of columns, one by one."""
    asked = np.asarray(batch["asked"], dtype=np.float64)
    return asked.reshape(-1, asked.shape[-1])


def _truth(batch: Batch) -> Numbers:
    """Absorption by the table, in m2/mol of air."""
    depth, moles = (np.asarray(batch[name], dtype=np.float64) for name in ("depth", "moles"))
    truth: Numbers = (depth / moles[..., None]).reshape(-1, depth.shape[-1])
    return truth


def _figures(answers: Numbers, truth: Numbers) -> dict[str, float]:
    """How wrong absorption is, of all terms together and in the worst layer; fluxes are for `metrics`."""
    wrong = np.abs(answers - truth).sum(axis=1) / truth.sum(axis=1)
    return {"absorption_error": float(wrong.mean()), "absorption_error_max": float(wrong.max())}


def _looked_up(config: GasRun) -> dict[str, Any]:
    """The table's look-up, asked in the same way."""
    optics = look_up(config.table)

    def coefficients(asked: Numbers) -> Numbers:
        pressure, temperature = (np.ascontiguousarray(asked[:, k], dtype=np.float64) for k in (0, 1))
        fractions = np.asarray(asked[:, 2 : 2 + len(optics.needed)], dtype=np.float64)
        return optics.coefficients(pressure, temperature, fractions)

    return {"look-up": coefficients}


def _extra(config: GasRun) -> dict[str, Any]:
    """What a host needs besides: of the short wave sunlight and scattering."""
    table = look_up(config.table).table
    stated: dict[str, Any] = {"table": table.path.name}
    if table.solar is not None and table.rayleigh is not None:
        stated["sun"] = {"irradiance": table.solar.tolist(), "rayleigh": table.rayleigh.tolist()}
    return stated


def _gate(config: GasRun, taught: Source) -> dict[str, Any]:
    """The envelope of the columns that taught."""
    source = _columns(taught)
    return Envelope.of(source.air, source.optics.needed).to_dict()


def _columns(held_out: Source) -> ColumnSource:
    if not isinstance(held_out, ColumnSource):
        raise InloopError("samples: expected columns opened by this case")
    return held_out


def _run(table: str, hidden: int, steps: int, *, apart: bool = True) -> GasRun:
    usual = GasRun(table=table, hidden=(hidden, hidden), apart=apart, depth=10.0 if apart else 1.0)
    return replace(usual, fit=replace(usual.fit, steps=steps, evaluate_every=steps // 10))


PRESETS = {
    "longwave-32": _run("lw_climate_fsck-32b", 64, 40_000),
    "shortwave-32": _run("sw_climate_rgb-32b", 32, 24_000),
    "shortwave-64": _run("sw_climate_window-64b", 32, 24_000),
    "shortwave-96": _run("sw_climate_vfine-96b", 32, 24_000),
    "shortwave-96-fast": _run("sw_climate_vfine-96b", 16, 48_000, apart=False),
}

CASE: Case[GasRun] = Case(
    name="gasoptics",
    presets=PRESETS,
    samples=samples,
    network=network,
    encode=encode,
    loss=loss,
    weights=weights,
    metrics=metrics,
    watch="score",
    classical=classical,
    draw=draw,
    folder=use_folder,
    count=6000,
    rows=RowsOf(
        network=row_network_of,
        asked=_asked,
        truth=_truth,
        figures=_figures,
        classical=_looked_up,
        extra=_extra,
        gate=_gate,
    ),
    simulation="column",
)
