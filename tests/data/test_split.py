"""No shape is in two sets, whatever store it is in; shares are as asked."""

import numpy as np
import pytest

from inloop.data import SETS, Split
from inloop.errors import InloopError

SEEDS = np.random.default_rng(0).integers(0, 2**64, 20000, dtype=np.uint64)
FAMILY = (SEEDS % np.uint64(11)).astype(np.int16)


def test_every_sample_is_in_exactly_one_set():
    parts = [Split().where(name, SEEDS, FAMILY) for name in SETS]
    assert (np.sort(np.concatenate(parts)) == np.arange(len(SEEDS))).all()
    for part, share in zip(parts, (0.8, 0.1, 0.1), strict=True):
        assert abs(len(part) / len(SEEDS) - share) < 4 * np.sqrt(share * (1 - share) / len(SEEDS))


def test_a_shape_seen_again_is_in_the_same_set():
    again = np.random.default_rng(1).integers(0, len(SEEDS), 50000)
    one, other = Split().of(SEEDS, FAMILY), Split().of(SEEDS[again], FAMILY[again])
    assert (one[again] == other).all()
    training = set(SEEDS[again][other == 0].tolist())
    assert training.isdisjoint(SEEDS[again][other != 0].tolist())


def test_the_set_does_not_depend_on_the_type_or_place_of_the_keys():
    small = SEEDS[:100] >> np.uint64(2)
    plain = Split().of(small, FAMILY[:100])
    assert (Split().of(small.astype(np.int64), FAMILY[:100].astype(np.int64)) == plain).all()
    assert (Split().of(small[::-1], FAMILY[:100][::-1]) == plain[::-1]).all()


def scrambled(z):
    """One draw of splitmix64, as published, in whole numbers of any size."""
    z = (z + 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return z ^ z >> 31


def test_the_generator_is_the_published_one():
    states = [1234567 + k * 0x9E3779B97F4A7C15 for k in range(3)]
    assert [scrambled(state) for state in states] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_the_sets_are_fixed_for_ever():
    """A change would leak shapes between releases."""
    keys = list(zip(SEEDS[:500].tolist(), FAMILY[:500].tolist(), strict=True))
    shares = [scrambled(scrambled(seed) ^ family) / 2**64 for seed, family in keys]
    assert Split().of(SEEDS[:500], FAMILY[:500]).tolist() == [(share >= 0.8) + (share >= 0.9) for share in shares]


def test_neighbouring_seeds_and_salts_are_independent():
    seeds = np.arange(20000)
    first, second = Split().of(seeds), Split(salt=1).of(seeds)
    both = ((first == 0) & (second == 0)).mean()
    assert abs(both - 0.64) < 0.02
    follows = ((first[1:] == 0) & (first[:-1] == 0)).mean()
    assert abs(follows - 0.64) < 0.02


def test_shares_may_be_none_or_all():
    assert (Split(1.0, 0.0, 0.0).of(SEEDS) == 0).all()
    assert (Split(0.0, 0.0, 1.0).of(SEEDS) == 2).all()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: Split(0.8, 0.1, 0.2), "shares are .* expected three from 0 to 1 that sum to 1"),
        (lambda: Split(1.2, -0.1, -0.1), "expected three from 0 to 1"),
        (
            lambda: Split().where("training", SEEDS),
            "set 'training' does not exist: take one of train, validation, test",
        ),
        (
            lambda: Split().of(np.array([0.5])),
            r"a key has type float64 and shape \(1,\), expected \(n,\) whole numbers",
        ),
    ],
)
def test_bad_splits_are_refused(call, told):
    with pytest.raises(InloopError, match=told):
        call()
