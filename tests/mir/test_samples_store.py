"""Stores of samples are the same to the last byte however they are made; recipes survive, bad ones are refused."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from inloop.data import Samples
from inloop.errors import InloopError
from inloop.mir.samples import NAMES, Recipe, generate, sampled, shape_seed
from inloop.mir.samples import draw as draw_shape
from inloop.mir.samples.exact import HALO


def test_the_store_holds_what_was_drawn(tmp_path):
    recipe, path, seen = Recipe(), tmp_path / "s.h5", []
    generate(recipe, path, 70, seed=4, progress=lambda done, count: seen.append((done, count)))
    assert seen == [(0, 70), (32, 70), (64, 70), (70, 70)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["s.h5"]
    with Samples(path, recipe=recipe.to_json()) as samples:
        assert samples.about["families"] == list(NAMES)
        assert Recipe.from_json(samples.layout.recipe) == recipe
        held = samples.read([69, 3])
        for place, index in enumerate((69, 3)):
            batch = sampled(recipe, [draw_shape(recipe, int(held["seed"][place]))])
            assert int(held["seed"][place]) == shape_seed(4, index)
            assert (held["fractions"][place] == batch.fractions[0]).all()
            assert (held["coverage"][place] == batch.coverage[0].astype(np.float32)).all()
            assert NAMES[held["family"][place]] in dict(recipe.families)
        everything = samples.read()
        means = everything["coverage"].reshape(70, 2, 8, 8, 8, 8).mean(axis=(3, 5), dtype=np.float64)
        np.testing.assert_allclose(means, everything["fractions"][..., HALO:-HALO, HALO:-HALO], rtol=0, atol=1e-6)


def test_workers_do_not_change_the_file(tmp_path):
    generate(Recipe(), tmp_path / "one.h5", 100, seed=1)
    generate(Recipe(), tmp_path / "three.h5", 100, seed=1, workers=3)
    assert (tmp_path / "one.h5").read_bytes() == (tmp_path / "three.h5").read_bytes()


def test_a_longer_store_begins_with_the_shorter_one(tmp_path):
    generate(Recipe(), tmp_path / "short.h5", 40)
    generate(Recipe(), tmp_path / "long.h5", 50)
    with Samples(tmp_path / "short.h5") as short, Samples(tmp_path / "long.h5") as long:
        few, many = short.read(), long.read(np.arange(40))
        assert all((few[name] == many[name]).all() for name in few)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_generation_goes_on_to_the_same_file(tmp_path, workers):
    whole, broken = tmp_path / "whole.h5", tmp_path / "broken.h5"
    script = tmp_path / "make.py"
    script.write_text(
        "from inloop.mir.samples import Recipe, generate\n"
        "if __name__ == '__main__':\n"
        f"    generate(Recipe(), {str(broken)!r}, 480, seed=2, workers={workers})\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([sys.executable, str(script)])
    parts = tmp_path / "broken.h5.parts"
    deadline = time.monotonic() + 60
    while len(list(parts.glob("*.h5"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not broken.exists()
    assert len(list(parts.glob("*.h5"))) >= 3
    seen = []
    generate(Recipe(), broken, 480, seed=2, progress=lambda done, _: seen.append(done))
    assert seen[0] >= 3 * 32, "what was stored before the kill is not drawn again"
    generate(Recipe(), whole, 480, seed=2)
    assert broken.read_bytes() == whole.read_bytes()


def test_a_finished_store_is_kept_and_another_one_refused(tmp_path):
    path = tmp_path / "s.h5"
    generate(Recipe(), path, 5)
    before = path.stat().st_mtime_ns
    generate(Recipe(), path, 5)
    assert path.stat().st_mtime_ns == before
    with pytest.raises(InloopError, match=r"holds 5 samples of seed 0 and recipe \w+, expected 6 samples of seed 0"):
        generate(Recipe(), path, 6)
    with pytest.raises(InloopError, match="delete it or choose another name"):
        generate(Recipe(radius=(1, 100)), path, 5)


# -- recipes ---------------------------------------------------------------------------------------------------------


def test_a_recipe_survives_json_and_its_digest_tells_recipes_apart():
    recipe = Recipe(materials=4, families={"voronoi": 2, "arc": 1.5}, radius=(2, 50), bent=0)
    again = Recipe.from_json(recipe.to_json())
    assert again == recipe
    assert hash(again) == hash(recipe)
    assert again.digest == recipe.digest != Recipe().digest
    assert Recipe.from_json("{}") == Recipe()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1]", "JSON holds a list, expected an object"),
        ("{", "is not JSON"),
        ('{"radii": [1, 2]}', "field 'radii' does not exist: take one of materials, families, radius"),
        ('{"kind": "inloop mir samples 99"}', "is for 'inloop mir samples 99', this program draws"),
        ('{"radius": [5, 2]}', r"radius is \[5, 2\], expected two lengths"),
        ('{"width": 3}', "width is 3, expected two lengths"),
        ('{"radius": [1, 1e9]}', "at most 1000"),
        ('{"bent": 1.5}', "bent is 1.5, expected a share from 0 to 1"),
        ('{"materials": 1}', "materials is 1, expected a whole number from 2"),
        ('{"families": {"blob": 1}}', "family 'blob' is unknown: take one of line, arc"),
        ('{"families": {"voronoi": 1}}', "family 'voronoi' needs 3 materials, the recipe has 2"),
        ('{"families": {"arc": -1}}', "family 'arc' has weight -1"),
        ('{"families": {"arc": 0}}', "families all have weight 0"),
        ('{"families": 7}', "families is 7, expected names with weights"),
    ],
)
def test_a_bad_recipe_is_refused_in_one_line(text, told):
    with pytest.raises(InloopError, match=told) as caught:
        Recipe.from_json(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [({"count": 0}, "count is 0"), ({"workers": 0}, "workers is 0"), ({"seed": -1}, "seed is -1")],
)
def test_bad_arguments_are_refused(tmp_path, arguments, told):
    with pytest.raises(InloopError, match=told):
        generate(Recipe(), tmp_path / "s.h5", **({"count": 1} | arguments))
    assert not list(tmp_path.iterdir())


def test_default_recipes_name_every_family():
    named = {name for recipe in (Recipe(), Recipe(materials=6)) for name, _ in recipe.families}
    assert named == set(NAMES)
    assert json.loads(Recipe().to_json())["families"]["arc"] == 2.0
