"""Laws of the short-wave solver, and the two-stream equations solved in another way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from inloop.errors import InloopError
from inloop.gasoptics.shortwave import shortwave

SUN = np.array([700.0, 400.0])


@pytest.fixture
def layers():
    dice = np.random.default_rng(5)
    return dice.uniform(0.0, 0.3, (3, 6, 2)), dice.uniform(0.0, 0.5, (3, 6, 2))


def _by_propagation(depth, scattering, cosine, albedo):
    """Up at the top and down at the surface of one column and term, per beam of one: matrix exponentials, no adding."""
    whole = np.eye(3)  # of up, down, and the beam on a surface that faces it
    for absorbed, scattered in zip(depth, scattering, strict=True):
        total = absorbed + scattered
        white = scattered / total
        lost, gained = 2 - 1.25 * white, 0.75 * white
        rate = np.array(
            [[lost, -gained, -white / 2], [gained, -lost, white / 2], [0.0, 0.0, -1 / cosine]],
        )
        whole = expm(rate * total) @ whole
    ups, beams = whole[:, 0], whole[:, 2]
    # up = albedo * (down + cosine * beam) at the surface decides what goes up at the top
    short = ups[0] - albedo * (ups[1] + cosine * ups[2])
    top = (albedo * (beams[1] + cosine * beams[2]) - beams[0]) / short
    below = ups * top + beams
    return top, below[1] + cosine * below[2]


@pytest.mark.parametrize("cosine", [0.08, 0.37, 1.0])
@pytest.mark.parametrize("albedo", [0.0, 0.6])
def test_adding_agrees_with_propagating_the_two_stream_equations(layers, cosine, albedo):
    depth, scattering = layers
    found = shortwave(depth, scattering, SUN, cosine=cosine, albedo=albedo)
    for column in range(3):
        pairs = [
            _by_propagation(depth[column, :, k], scattering[column, :, k], cosine, albedo) for k in range(len(SUN))
        ]
        up, down = (sum(SUN[k] * pair[way] for k, pair in enumerate(pairs)) for way in (0, 1))
        assert found.up[column, 0] == pytest.approx(up, rel=1e-6, abs=1e-6)
        assert found.down[column, -1] == pytest.approx(down, rel=1e-6)


def test_without_absorption_the_net_flux_is_the_same_at_every_height(layers):
    _, scattering = layers
    found = shortwave(np.zeros_like(scattering), scattering, SUN, cosine=0.6, albedo=0.3)
    np.testing.assert_allclose(found.net, np.repeat(found.net[:, :1], 7, axis=1), atol=1e-5)
    white = shortwave(np.zeros_like(scattering), scattering, SUN, cosine=0.6, albedo=1.0)
    np.testing.assert_allclose(white.up[:, 0], 0.6 * SUN.sum(), rtol=1e-7)


def test_without_scattering_the_beam_fades_as_the_law_says(layers):
    depth, _ = layers
    found = shortwave(depth, np.zeros_like(depth), SUN, cosine=0.5, albedo=0.0)
    exact = (0.5 * SUN * np.exp(-depth.sum(axis=1) / 0.5)).sum(axis=-1)
    np.testing.assert_allclose(found.down[:, -1], exact, rtol=1e-12)
    assert np.abs(found.up).max() == 0
    np.testing.assert_array_equal(found.direct, found.down)


def test_diffuse_light_passes_a_stack_of_layers_alike_from_either_side(layers):
    """Reciprocity: what gets from the ground to space, were the stack upside down."""
    passes = []
    for turned in (slice(None), slice(None, None, -1)):
        depth, scattering = (one[:, turned, :1] for one in layers)
        dark, grey = (shortwave(depth, scattering, SUN[:1], cosine=0.5, albedo=a) for a in (0.0, 0.4))
        passes.append((grey.up[:, 0] - dark.up[:, 0]) / (0.4 * grey.down[:, -1]))
    np.testing.assert_allclose(passes[0], passes[1], rtol=1e-10)
    assert np.ptp(passes[0]) > 1e-3


def test_layers_cut_in_three_give_the_same_fluxes(layers):
    depth, scattering = layers
    whole = shortwave(depth, scattering, SUN, cosine=0.45, albedo=0.2)
    cut = shortwave(*(np.repeat(one, 3, axis=1) / 3 for one in layers), SUN, cosine=0.45, albedo=0.2)
    np.testing.assert_allclose(cut.up[:, ::3], whole.up, rtol=1e-9)
    np.testing.assert_allclose(cut.down[:, ::3], whole.down, rtol=1e-9)


def test_the_resonance_of_sun_and_layer_is_no_hole():
    """Where k times the cosine is one the closed forms are 0 / 0."""
    scattering, depth = np.full((1, 4, 1), 0.2), np.full((1, 4, 1), 0.3)
    white = 0.4
    k = np.sqrt((2 - 1.25 * white - 0.75 * white) * (2 - 1.25 * white + 0.75 * white))
    near = [shortwave(depth, scattering, SUN[:1], cosine=mu, albedo=0.1).net for mu in (0.9999 / k, 1 / k, 1.0001 / k)]
    np.testing.assert_allclose(near[1], (near[0] + near[2]) / 2, rtol=1e-4)


def test_no_light_comes_from_nowhere(layers):
    depth, scattering = layers
    found = shortwave(100 * depth, scattering, SUN, cosine=0.3, albedo=1.0)
    assert (found.up >= 0).all()
    assert (found.down >= 0).all()
    assert (np.diff(found.net, axis=1) <= 1e-9).all()


@pytest.mark.parametrize("cosine", [0.0, -0.3])
def test_night_and_shapes_that_do_not_fit_are_refused(layers, cosine):
    depth, scattering = layers
    with pytest.raises(InloopError, match="daylight"):
        shortwave(depth, scattering, SUN, cosine=cosine, albedo=0.1)
    with pytest.raises(InloopError, match="expected"):
        shortwave(depth, scattering[:, :-1], SUN, cosine=0.5, albedo=0.1)
