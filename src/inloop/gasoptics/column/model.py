"""A column of air above a slab of water, in radiative-convective equilibrium or on its way there.

    column = Column(LookUp(longwave), LookUp(shortwave))
    while column.time < 10 * YEAR:
        column.advance()
    column.surface_temperature, column.imbalance

After Manabe & Wetherald (1967). Each step the optics are asked for the air as it is, fluxes follow, and heat what they
converge in; then convection mixes what has become unstable. Layers high up hold so little air that they would answer
within the hour. Above the convecting part the step is therefore implicit: its fluxes are linear in the temperatures
there, with derivatives taken anew every so many steps. It is the fluxes that are made so, not the temperatures, and all
layers and the slab are heated by the same ones: energy is kept whatever the derivatives are. In equilibrium nothing
changes there and the fluxes are those of the state itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.gasoptics.atmosphere import COLDEST, DAY, HOTTEST, Atmosphere
from inloop.gasoptics.column.convection import adjusted
from inloop.gasoptics.column.setting import Setting
from inloop.gasoptics.fluxes import Fluxes
from inloop.gasoptics.longwave import longwave
from inloop.gasoptics.optics import LongwaveOptics, ShortwaveOptics, Sun, shortwave_fluxes
from inloop.restart_file import State, digest_of

Array = NDArray[np.float64]

YEAR = 365.0 * DAY
_DIRECTIONS = 2
_NUDGE = 1.0  # K, of the derivatives
_RENEWED = 30  # steps between two derivations
_START_SURFACE, _START_ALOFT = 288.0, 210.0


@dataclass(frozen=True, eq=False)
class Radiation:
    """The fluxes of a column, (layers + 1,) each, downwards or upwards as they are named, in W/m2."""

    longwave: Fluxes
    shortwave: Fluxes

    @property
    def net(self) -> Array:
        """(layers + 1,) downwards, all together."""
        net: Array = (self.longwave.net + self.shortwave.net)[0]
        return net


class Column:
    """Steps forward in time. Temperatures are (layers + 1,), from the top down, the slab last."""

    def __init__(
        self,
        long: LongwaveOptics,
        short: ShortwaveOptics,
        setting: Setting | None = None,
        *,
        temperature: Array | None = None,
    ) -> None:
        self.long, self.short = long, short
        self.setting = Setting() if setting is None else setting
        levels = self.setting.layers + 1
        if temperature is None:
            temperature = self._usual
        if temperature.shape != (levels,):
            raise InloopError(f"temperature has shape {temperature.shape}: expected ({levels},), the slab last")
        self.temperature = np.array(temperature, dtype=np.float64)
        self.start = self.temperature
        self.steps = 0
        self.convecting = levels
        """The uppermost layer that convection from the slab reached in the last step."""
        self.derivatives: Array | None = None
        """(layers, layers + 1) W/(m2 K): of the net downward flux through a face, by the temperature of a layer."""
        self.net = np.zeros(levels)
        """(layers + 1,) W/m2: the fluxes of the last step, downwards."""
        self.received = 0.0
        """J/m2 that entered at the top since the start, less what left."""

    @property
    def _usual(self) -> Array:
        """Where a column begins."""
        return np.maximum(_START_SURFACE * self.setting.exner, _START_ALOFT)

    @property
    def time(self) -> float:
        """Since the start, in s."""
        return self.steps * self.setting.seconds

    @property
    def surface_temperature(self) -> float:
        """Of the slab, in K."""
        return float(self.temperature[-1])

    @property
    def imbalance(self) -> float:
        """W/m2 that entered at the top in the last step, more than left."""
        return float(self.net[0])

    @property
    def energy(self) -> float:
        """J/m2 in air and slab."""
        return float(self.setting.capacity @ self.temperature)

    @property
    def energy_drift(self) -> float:
        """How much energy came from nowhere since the start, relative to all there is."""
        gained = float(self.setting.capacity @ (self.temperature - self.start))
        return (gained - self.received) / self.energy

    @property
    def tropopause(self) -> float:
        """Pressure in Pa down to which convection does not reach."""
        return float(self.setting.faces[min(self.convecting, self.setting.layers)])

    def advance(self) -> None:
        """One step."""
        if self.derivatives is None or self.steps % _RENEWED == 0:
            self.derivatives = self._derived()
        before, setting = self.temperature, self.setting
        net = self._implicit(self.radiation().net, self.derivatives)
        warmed = before + setting.seconds * self._heating(net)
        if not ((warmed > COLDEST) & (warmed < HOTTEST)).all():
            raise InloopError(
                f"the column left {COLDEST:g} to {HOTTEST:g} K at step {self.steps}; give shorter steps, a deeper slab"
            )
        self.temperature, self.convecting = adjusted(warmed, setting.capacity, setting.exner)
        self.net = net
        self.received += setting.seconds * float(net[0])
        self.steps += 1

    def identity(self) -> dict[str, str]:
        """What must be the same in a run that goes on where this one stopped; of the optics, what they answer."""
        air = self._air(self._usual[None])
        long = digest_of([self.long.depth(air), self.long.emission(air.temperature_half)])
        short = digest_of([self.short.depth(air), self.short.irradiance, self.short.rayleigh])
        setting, start = json.dumps(self.setting.stated()), digest_of([self.start])
        return {"setting": setting, "start": start, "long wave": long, "short wave": short}

    def state(self) -> State:
        """All that it has to know to go on."""
        arrays = {"temperature": self.temperature, "net": self.net}
        if self.derivatives is not None:
            arrays["derivatives"] = self.derivatives
        return State({"steps": self.steps, "convecting": self.convecting, "received": self.received}, arrays)

    def restore(self, state: State) -> None:
        """Go on from there."""
        self.temperature, self.net = state.arrays["temperature"], state.arrays["net"]
        self.derivatives = state.arrays.get("derivatives")
        self.steps, self.convecting = state.records["steps"], state.records["convecting"]
        self.received = state.records["received"]

    def radiation(self) -> Radiation:
        """Fluxes of the column as it is."""
        air, setting = self.air(), self.setting
        sun = Sun(*(np.array([x]) for x in (setting.cosine, setting.albedo, setting.irradiance * setting.daylight)))
        return Radiation(self._longwave(air), shortwave_fluxes(self.short, air, sun))

    def air(self) -> Atmosphere:
        """The column as the optics see it."""
        return self._air(self.temperature[None])

    def _air(self, temperature: Array) -> Atmosphere:
        """Columns with temperatures (columns, layers + 1), all with the humidity of the first."""
        setting = self.setting
        gases = {"h2o": setting.water(temperature[0, :-1]), **setting.mixed}
        layers = (len(temperature), setting.layers)
        at, faces = np.log(setting.pressure), np.log(setting.faces[1:-1])
        share = (faces - at[:-1]) / np.diff(at)
        between = (1 - share) * temperature[:, :-2] + share * temperature[:, 1:-1]
        return Atmosphere(
            pressure_half=np.tile(setting.faces, (len(temperature), 1)),
            temperature_half=np.concatenate([temperature[:, :1], between, temperature[:, -1:]], axis=1),
            pressure=np.tile(setting.pressure, (len(temperature), 1)),
            temperature=temperature[:, :-1],
            gases={name: np.broadcast_to(amount, layers) for name, amount in gases.items()},
            surface_temperature=temperature[:, -1],
        )

    def _longwave(self, air: Atmosphere) -> Fluxes:
        """Each layer is two halves to the solver, so that its own temperature shines, not that of its faces alone."""
        warm = np.empty((air.columns, 2 * air.layers + 1))
        warm[:, ::2], warm[:, 1::2] = air.temperature_half, air.temperature
        depth = np.repeat(self.long.depth(air).astype(np.float64) / 2, 2, axis=1)
        emission = self.long.emission(warm)
        found = longwave(depth, emission, emission[:, -1], directions=_DIRECTIONS)
        return Fluxes(found.up[:, ::2], found.down[:, ::2])

    def _derived(self) -> Array:
        """By differences of one column for each layer; the short wave hardly depends on temperature."""
        layers = self.setting.layers
        nudged = np.tile(self.temperature, (layers + 1, 1))
        nudged[1:, :-1] += _NUDGE * np.eye(layers)
        net = self._longwave(self._air(nudged)).net
        derivatives: Array = (net[1:] - net[0]) / _NUDGE
        return derivatives

    def _heating(self, net: Array) -> Array:
        """(layers + 1,) K/s of the layers and the slab, by net downward fluxes through their faces."""
        heating: Array = -np.diff(net, append=0.0) / self.setting.capacity
        return heating

    def _implicit(self, net: Array, derivatives: Array) -> Array:
        """Fluxes as they will be at the end of the step, as far as the layers that do not convect are concerned."""
        high = min(self.convecting, self.setting.layers)
        if high == 0:
            return net
        seconds = self.setting.seconds
        response = self._heating(derivatives[:high])[:, :high].T
        change = np.linalg.solve(np.eye(high) - seconds * response, seconds * self._heating(net)[:high])
        implicit: Array = net + change @ derivatives[:high]
        return implicit
