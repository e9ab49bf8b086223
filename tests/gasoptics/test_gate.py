"""The gate: what is like the taught passes, what is not goes to the table, is counted and kept."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.gasoptics.data import columns, perturbed
from tests.gasoptics.synthetic import write_table

from inloop.data import Samples
from inloop.errors import InloopError
from inloop.gasoptics import Atmosphere, LookUp, samples
from inloop.gasoptics.gate import LIMIT, Envelope, Gated, GatedLongwave, GatedShortwave
from inloop.gasoptics.measures import sun_at
from inloop.gasoptics.optics import longwave_fluxes, shortwave_fluxes
from inloop.gasoptics.rejects import Rejects

GASES = ("h2o", "o3", "co2", "ch4", "n2o", "cfc11", "cfc12")


def _taught(count=300):
    """Columns whose water follows their temperature, whose other gases vary by themselves."""
    dice = np.random.default_rng(7)
    usual = columns(1)
    warmer = dice.normal(0, 8, (count, 1))
    warm = usual.temperature_half + warmer + dice.normal(0, 0.5, (count, usual.layers + 1))
    moist = usual.gases["h2o"] * np.exp(0.06 * warmer) * np.exp(dice.normal(0, 0.05, (count, usual.layers)))
    amounts = {gas: usual.gases[gas] * dice.uniform(0.3, 3.0, (count, 1)) for gas in GASES[1:]}
    return Atmosphere.of(np.repeat(usual.pressure_half, count, axis=0), warm, {"h2o": moist, **amounts})


@pytest.fixture(scope="module")
def taught():
    return _taught()


@pytest.fixture(scope="module")
def envelope(taught):
    return Envelope.of(taught, GASES)


@pytest.fixture
def pair(tmp_path):
    table = LookUp(write_table(tmp_path / "lw.nc"))
    return perturbed(table), table


def test_all_that_was_taught_lies_within_and_some_of_it_on_the_border(taught, envelope):
    scores = envelope.scores(taught)
    assert scores.max() == pytest.approx(1, abs=0.05)
    assert (scores > LIMIT).mean() == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda air: air.with_gases({"co2": 16 * air.gases["co2"]}),
        lambda air: air.with_gases({"co2": air.gases["co2"] / 100}),
        lambda air: air.with_gases({"o3": 0.0}),
        lambda air: air.with_gases({"h2o": np.minimum(100 * air.gases["h2o"], 1)}),
        lambda air: replace(air, temperature=np.full_like(air.temperature, 150.0)),
        lambda air: replace(air, temperature=np.full_like(air.temperature, 390.0)),
        lambda air: replace(air, pressure=air.pressure * 1.9, pressure_half=air.pressure_half * 1.9),
    ],
)
def test_absurd_air_is_refused(taught, envelope, change):
    odd = change(taught.taken(slice(0, 20)))
    refused = envelope.scores(odd).max(axis=1) > LIMIT
    assert refused.all()


def test_cold_wet_air_is_refused_though_neither_the_cold_nor_the_wet_is(taught, envelope):
    lowest = taught.layers - 1
    cold, wet = np.argmin(taught.temperature[:, lowest]), np.argmax(taught.gases["h2o"][:, lowest])
    odd = taught.taken(slice(int(cold), int(cold) + 1)).with_gases({"h2o": taught.gases["h2o"][wet]})
    for gas in GASES[1:]:  # the rest in the middle of what was taught
        odd = odd.with_gases({gas: np.median(taught.gases[gas], axis=0)})
    usual = odd.with_gases({"h2o": taught.gases["h2o"][cold]})
    assert envelope.scores(usual)[0, lowest] <= 1
    assert envelope.scores(odd)[0, lowest] > LIMIT


def test_a_layer_is_judged_by_itself(taught, envelope):
    some = taught.taken(slice(0, 10))
    whole = envelope.scores(some)
    np.testing.assert_array_equal(envelope.scores(some.taken(slice(4, 5))), whole[4:5])


def test_the_envelope_comes_back_from_a_bundle_and_a_damaged_one_is_refused(taught, envelope):
    stated = json.loads(json.dumps(envelope.to_dict()))
    np.testing.assert_allclose(Envelope.from_dict(stated).scores(taught), envelope.scores(taught), rtol=1e-12)
    for damaged in ({}, {**stated, "low": [[0.0]]}, {**stated, "gases": 3}, {**stated, "reach": ["x"]}):
        with pytest.raises(InloopError, match=r"gate: .*take the bundle from its source"):
            Envelope.from_dict(damaged)


def test_trusted_columns_are_learned_and_refused_ones_looked_up(taught, envelope, pair):
    learned, table = pair
    air = taught.taken(slice(0, 8))
    odd = air.gases["co2"].copy()
    odd[2, 7] *= 30
    odd[6] *= 30
    air = air.with_gases({"co2": odd})
    gated = GatedLongwave(learned, table, envelope)
    assert list(np.argwhere(envelope.scores(air)[2] > gated.limit).ravel()) == [7]
    depth = gated.depth(air)
    refused = [2, 6]
    np.testing.assert_array_equal(depth[refused], table.depth(air)[refused])
    trusted = [0, 1, 3, 4, 5, 7]
    np.testing.assert_array_equal(depth[trusted], learned.depth(air)[trusted])
    assert (gated.refusals.columns, gated.refusals.refused, gated.refusals.share) == (8, 2, 0.25)
    gated.depth(air)
    assert gated.refusals.refused == 4
    gated.limit = 1e9
    np.testing.assert_array_equal(gated.depth(air), learned.depth(air))


def test_where_all_is_refused_the_fluxes_are_the_tables(tmp_path, taught, envelope):
    air = taught.taken(slice(0, 4)).with_gases({"co2": 0.02})
    long = LookUp(write_table(tmp_path / "lw.nc"))
    short = LookUp(write_table(tmp_path / "sw.nc", "shortwave"))
    gated = GatedLongwave(perturbed(long), long, envelope)
    np.testing.assert_array_equal(longwave_fluxes(gated, air).up, longwave_fluxes(long, air).up)
    taught_short = Envelope.of(taught, short.needed)
    lit = GatedShortwave(perturbed(short), short, taught_short)
    sun = sun_at(0.5, 4)
    np.testing.assert_array_equal(shortwave_fluxes(lit, air, sun).down, shortwave_fluxes(short, air, sun).down)
    assert gated.name.endswith(", gated")


class _Elsewhere:
    """A learned kernel whose emission is wrong by one."""

    def __init__(self, table):
        self._table, self.terms, self.needed, self.name = table, table.terms, table.needed, "elsewhere"

    def depth(self, air):
        return self._table.depth(air)

    def emission(self, temperature):
        return self._table.emission(temperature) + 1


def test_beyond_the_tables_temperatures_emission_is_the_tables(envelope, pair):
    gated = GatedLongwave(_Elsewhere(pair[1]), pair[1], envelope)
    warm = np.array([[110.0, 120.0], [300.0, 360.0]])
    difference = gated.emission(warm) - pair[1].emission(warm)
    np.testing.assert_allclose(difference[..., 0], [[0, 1], [1, 0]], atol=1e-9)


def test_kernels_and_envelopes_that_do_not_belong_together_are_refused(tmp_path, taught, envelope, pair):
    other = LookUp(write_table(tmp_path / "other.nc", terms=5))
    with pytest.raises(InloopError, match="differ in terms"):
        Gated(pair[0], other, envelope)
    with pytest.raises(InloopError, match="differ in cfc1"):
        Gated(*pair, Envelope.of(taught, GASES[:5]))


def test_refused_columns_are_kept_as_samples_to_learn_from(tmp_path, taught, envelope, pair):
    odd = taught.taken(slice(0, 6))
    amounts = odd.gases["co2"].copy()
    amounts[[1, 4]] *= 50
    odd = odd.with_gases({"co2": amounts})
    store = tmp_path / "rejected.h5"
    for count in (2, 4):
        with Rejects(store) as rejects:
            GatedLongwave(*pair, envelope, rejects=rejects).depth(odd)
            assert (len(rejects), rejects.seen) == (count, count)
    with Samples(store) as there:
        assert there.recipe["kind"] == samples.KIND
        held = there.read()
        parts = [set(there.rows(name)) for name in ("train", "validation", "test")]
    again = samples.atmosphere(held)
    np.testing.assert_array_equal(again.pressure_half[:2], odd.pressure_half[[1, 4]])
    np.testing.assert_array_equal(again.gases["co2"][2:], amounts[[1, 4]])
    assert any({0, 2} <= part for part in parts), "the same column lies in one set, however often it came"
    rejects = Rejects(store)
    rejects.add(columns(1))
    with pytest.raises(InloopError, match="columns of 12 layers"):
        rejects.add(columns(1, 12))


def test_a_column_is_kept_even_if_a_gas_was_not_given(tmp_path):
    with Rejects(tmp_path / "r.h5") as rejects:
        air = columns(2)
        rejects.add(replace(air, gases={gas: air.gases[gas] for gas in GASES[:5]}))
    with Samples(tmp_path / "r.h5") as there:
        assert (samples.atmosphere(there.read()).gases["cfc11"] == 0).all()
