"""A column of air brought to its equilibrium by gas optics of one's own: grey air, so neither table nor data.

Whatever answers as the two classes below do can stand in the column's loop; `inloop.gasoptics.LookUp(FILE)` is such an
object for a table, `LearnedLongwave` and `LearnedShortwave` are for networks. Prints where the column comes to rest
with the usual amount of carbon dioxide and with twice as much: the surface, what is still out of balance at the top,
how much energy came from nowhere on the way, and up to where the air overturns.
"""

import numpy as np

from inloop.gasoptics.column import Column, Setting, run


class GreyAir:
    """Shines and absorbs alike at all wavelengths, by its water and its carbon dioxide."""

    name, terms, needed = "grey air", 1, ("h2o", "co2")

    def depth(self, air):
        """(columns, layers, 1) optical depths: moles over a square metre, times square metres a mole."""
        water, carbon = (air.gases[gas] for gas in self.needed)
        return (air.moles * (7e-3 * water + 7e-4 * carbon))[..., None].astype(np.float32)

    def emission(self, temperature):
        """(..., 1) of a black body in W/m2."""
        return 5.670374e-8 * temperature[..., None] ** 4


class Sunlight:
    """Two halves of the sun's light: one that ozone absorbs a little, one that the air scatters."""

    name, terms, needed = "two halves", 2, ("o3",)
    irradiance = np.array([680.0, 681.0])
    rayleigh = np.array([0.0, 3e-7])

    def depth(self, air):
        """(columns, layers, 2) optical depths."""
        absorbed = air.moles * air.gases["o3"] * 0.3
        return np.stack([absorbed, 0 * absorbed], axis=-1).astype(np.float32)


setting = Setting(layers=30, slab=0.3)
for times in (1, 2):
    found = run(Column(GreyAir(), Sunlight(), setting.with_co2(times)), years=3).figures()
    print(
        f"{times} x CO2  surface {found['surface_temperature']:.2f} K  imbalance {found['imbalance']:.1e} W/m2"
        f"  energy drift {found['energy_drift']:.1e}  tropopause {found['tropopause'] / 100:.0f} hPa"
    )
