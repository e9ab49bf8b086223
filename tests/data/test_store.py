"""The sample store: every sample once an epoch, the same batches on any number of ranks, nothing foreign opened."""

import io
import json
import pickle
import shutil

import h5py
import numpy as np
import pytest

from inloop.data import Draft, Field, Layout, Samples, Split
from inloop.errors import InloopError

FIELDS = (Field("image", (3, 4), "float32"), Field("tag", (), "int16"), Field("seed", (), "uint64"))
RECIPE = json.dumps({"size": 3, "kind": "test"})
LAYOUT = Layout(FIELDS, 103, RECIPE, seed=5, keys=("seed",), about='{"tags": ["even", "odd"]}', block=8)


def arrays(rows):
    numbers = np.asarray(rows)
    images = numbers[:, None, None] + np.arange(12).reshape(3, 4) / 100
    return {
        "image": images.astype(np.float32),
        "tag": (numbers % 2).astype(np.int16),
        "seed": numbers.astype(np.uint64),
    }


def write(path, layout=LAYOUT):
    draft = Draft(path, layout)
    for block in reversed(draft.begin()):
        draft.put(block, arrays(layout.rows(block)))
    draft.finish()
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write(tmp_path_factory.mktemp("store") / "s.h5")


@pytest.fixture
def samples(path):
    with Samples(path) as opened:
        yield opened


def joined(batches, name="seed"):
    parts = [batch[name] for batch in batches]
    return np.concatenate(parts).tolist()


# -- writing ---------------------------------------------------------------------------------------------------------


def test_what_was_written_is_read(samples):
    assert len(samples) == 103
    assert samples.layout == Layout(tuple(sorted(FIELDS, key=lambda f: f.name)), *list(vars(LAYOUT).values())[1:])
    assert samples.recipe == {"size": 3, "kind": "test"}
    assert samples.about == {"tags": ["even", "odd"]}
    everything, truth = samples.read(), arrays(range(103))
    assert set(everything) == set(truth)
    for name in truth:
        assert everything[name].dtype == truth[name].dtype
        assert (everything[name] == truth[name]).all()
    rows = np.array([102, 3, 3, 50])
    some = samples.read(rows, names=("image",))
    assert list(some) == ["image"]
    assert (some["image"] == truth["image"][rows]).all()


def test_the_file_is_plain_hdf5_that_states_what_it_is(path):
    with h5py.File(path) as file:
        assert file["image"].shape == (103, 3, 4)
        assert file["image"].chunks == (8, 3, 4)
        assert (file["image"].compression, file["image"].shuffle) == ("gzip", True)
        assert file.attrs["recipe"] == RECIPE
        assert (file.attrs["format"], file.attrs["version"], len(file.attrs["recipe_hash"])) == (
            "inloop samples",
            1,
            16,
        )


def test_interrupted_writing_goes_on_and_gives_the_same_bytes(path, tmp_path):
    draft = Draft(tmp_path / "s.h5", LAYOUT)
    assert draft.begin() == list(range(13))
    for block in (4, 0, 12):
        draft.put(block, arrays(LAYOUT.rows(block)))
    (draft.folder / ".000005.h5.1234.part").write_bytes(b"half a blo")
    again = Draft(tmp_path / "s.h5", LAYOUT)
    assert again.begin() == [1, 2, 3, 5, 6, 7, 8, 9, 10, 11]
    assert not (tmp_path / "s.h5").exists()
    for block in again.begin():
        again.put(block, arrays(LAYOUT.rows(block)))
    (draft.folder / "whole.h5").write_bytes(b"a finish that was killed")
    again.finish()
    assert (tmp_path / "s.h5").read_bytes() == path.read_bytes()
    assert [entry.name for entry in tmp_path.iterdir()] == ["s.h5"]


def test_the_beginnings_of_another_store_are_refused(tmp_path):
    Draft(tmp_path / "s.h5", LAYOUT).begin()
    other = Layout(FIELDS, 104, RECIPE)
    with pytest.raises(InloopError, match="holds the beginnings of a store of another recipe, seed or size; delete it"):
        Draft(tmp_path / "s.h5", other).begin()


def test_a_missing_or_damaged_block_is_named(tmp_path):
    draft = Draft(tmp_path / "s.h5", LAYOUT)
    for block in draft.begin():
        draft.put(block, arrays(LAYOUT.rows(block)))
    part = draft.folder / "000007.h5"
    part.write_bytes(part.read_bytes()[:1000])
    with pytest.raises(InloopError, match=r"000007\.h5: is missing or damaged; delete it"):
        draft.finish()
    assert not (tmp_path / "s.h5").exists()
    part.unlink()
    assert draft.begin() == [7]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"image": np.zeros((8, 4, 4))}, r"image of block 0 has shape \(8, 4, 4\), expected \(8, 3, 4\)"),
        ({"extra": np.zeros(8)}, "got arrays extra, image, seed, tag, expected image, seed, tag"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, change, told):
    draft = Draft(tmp_path / "s.h5", LAYOUT)
    draft.begin()
    with pytest.raises(InloopError, match=told):
        draft.put(0, arrays(range(8)) | change)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"count": 0}, "count is 0, expected a whole number of at least 1"),
        ({"fields": FIELDS * 2}, "no name twice"),
        ({"keys": ("shape",)}, "key 'shape' is not a field: take one of image, tag, seed"),
        ({"recipe": "[1]"}, "is not a JSON object"),
    ],
)
def test_bad_layouts_are_refused(change, told):
    with pytest.raises(InloopError, match=told):
        Layout(**({"fields": FIELDS, "count": 1, "recipe": "{}"} | change))


# -- reading ---------------------------------------------------------------------------------------------------------


def test_without_a_seed_batches_come_in_order(samples):
    batches = list(samples.batches(10, pool=2))
    assert [len(batch["tag"]) for batch in batches] == [10] * 10 + [3]
    assert joined(batches) == list(range(103))
    assert joined(samples.batches(10, rows=[7, 99, 2], pool=1)) == [7, 99, 2]
    assert len(list(samples.batches(10, drop_last=True))) == 10


@pytest.mark.parametrize("pool", [1, 3, 32])
def test_an_epoch_has_every_sample_once_in_an_order_of_its_own(samples, pool):
    rows = samples.rows("train")
    first, again, other, seeded = (
        joined(samples.batches(16, rows=rows, seed=seed, epoch=epoch, pool=pool))
        for seed, epoch in ((1, 0), (1, 0), (1, 1), (2, 0))
    )
    assert sorted(first) == rows.tolist()
    assert first == again
    assert first != other != seeded != first
    batch = next(samples.batches(16, rows=rows, seed=1, pool=pool))
    assert (batch["image"] == arrays(batch["seed"])["image"]).all(), "fields stay together"


def test_shuffling_reaches_everywhere(samples):
    places = np.array([joined(samples.batches(8, seed=0, epoch=epoch, pool=4)) for epoch in range(200)]).argsort(axis=1)
    assert np.abs(places.mean(axis=0) - 51).max() < 12
    neighbours = np.abs(np.diff(places, axis=1)) == 1
    assert neighbours.mean() < 0.1


@pytest.mark.parametrize("ranks", [1, 2, 3])
@pytest.mark.parametrize("workers", [1, 2])
def test_ranks_and_workers_share_the_batches_of_one_process(samples, ranks, workers):
    alone = [batch["seed"].tolist() for batch in samples.batches(12, seed=3, epoch=4, pool=3)]
    shared = [[] for _ in alone]
    for rank in range(ranks):
        for worker in range(workers):
            own = samples.batches(12, seed=3, epoch=4, pool=3, rank=rank, ranks=ranks, worker=worker, workers=workers)
            numbers = range(worker, len(alone), workers)
            for number, batch in zip(numbers, own, strict=True):
                assert batch["seed"].tolist() == alone[number][rank::ranks]
                shared[number] += batch["seed"].tolist()
    assert [sorted(batch) for batch in shared] == [sorted(batch) for batch in alone]


def test_sets_of_a_store_share_no_shape(tmp_path):
    layout = Layout(FIELDS, 200, RECIPE, keys=("seed",))
    draft = Draft(tmp_path / "twice.h5", layout)
    for block in draft.begin():
        rows = np.array(layout.rows(block))
        draft.put(block, arrays(rows) | {"seed": (rows % 70).astype(np.uint64)})  # every shape two or three times
    draft.finish()
    with Samples(tmp_path / "twice.h5") as samples:
        split = Split(0.5, 0.25, 0.25, salt=9)
        sets = {name: samples.rows(name, split) for name in ("train", "validation", "test")}
        assert sorted(np.concatenate(list(sets.values()))) == list(range(200))
        shapes = {name: set(samples.read(rows, names=["seed"])["seed"].tolist()) for name, rows in sets.items()}
    assert all(shapes.values())
    assert not (shapes["train"] & shapes["validation"] | shapes["train"] & shapes["test"])
    assert not shapes["validation"] & shapes["test"]


def test_an_open_store_travels_to_another_process(samples):
    with pickle.loads(pickle.dumps(samples)) as there:
        assert joined(there.batches(50, seed=1)) == joined(samples.batches(50, seed=1))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda s: s.read(names=["picture"]), "holds no field 'picture': take one of image, seed, tag"),
        (lambda s: s.read([103]), r"rows go from 103 to 103, expected 0\.\.102"),
        (lambda s: s.read([0.5]), "rows have type float64"),
        (lambda s: s.batches(0), "size is 0, expected a whole number of at least 1"),
        (lambda s: s.batches(4, rank=2, ranks=2), r"rank is 2, expected 0\.\.1"),
        (lambda s: s.rows("exam"), "set 'exam' does not exist"),
    ],
)
def test_wrong_questions_are_refused(samples, call, told):
    with pytest.raises(InloopError, match=told):
        call(samples)


# -- opening ---------------------------------------------------------------------------------------------------------


def test_a_store_of_another_recipe_is_refused(path):
    Samples(path, recipe=RECIPE).close()
    with pytest.raises(
        InloopError, match=r"made from another recipe \(size is 3, expected 4\); make it again"
    ) as caught:
        Samples(path, recipe=json.dumps({"size": 4, "kind": "test"}))
    assert "\n" not in str(caught.value)
    with pytest.raises(InloopError, match=r"\(kind is \"test\", expected absent\)"):
        Samples(path, recipe=json.dumps({"size": 3}))


def foreign(content):
    return lambda source, target: target.write_bytes(content(source.read_bytes()) if callable(content) else content)


def edited(edit):
    def make(source, target):
        shutil.copy(source, target)
        with h5py.File(target, "r+") as file:
            edit(file)

    return make


def other_hdf5(source, target):
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        file["density"] = np.zeros(3)
    target.write_bytes(memory.getvalue())


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda source, target: None, "no such file; check the path"),
        (lambda source, target: target.mkdir(), "is a directory; name a file in it"),
        (foreign(b""), "is not an HDF5 file"),
        (foreign(b"PK\x03\x04rubbish"), "is not an HDF5 file, it starts with"),
        (foreign(lambda whole: whole[: len(whole) // 2]), "is damaged or truncated"),
        (foreign(lambda whole: whole[:100]), "is damaged or truncated"),
        (other_hdf5, "is not a store of samples, but another HDF5 file"),
        (edited(lambda file: file.attrs.modify("version", 2)), "has format version 2, this program reads 1; update"),
        (edited(lambda file: file.attrs.modify("recipe", "{}")), "its parts contradict each other"),
        (edited(lambda file: file.attrs.modify("recipe", "{")), "is a damaged store of samples"),
        (edited(lambda file: file["tag"].resize((90,))), "its parts contradict each other"),
        (edited(lambda file: file.attrs.__delitem__("seed")), "is a damaged store of samples"),
    ],
)  # fmt: skip
def test_what_is_no_whole_store_is_refused_in_one_line(path, tmp_path, make, told):
    target = tmp_path / "bad.h5"
    make(path, target)
    with pytest.raises(InloopError, match=told) as caught:
        Samples(target)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(target))


def test_damaged_samples_are_named_when_read(path, tmp_path):
    target = tmp_path / "bad.h5"
    with h5py.File(path) as file:
        chunk = file["image"].id.get_chunk_info(3)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset : chunk.byte_offset + chunk.size] = b"\xff" * chunk.size
    target.write_bytes(content)
    with Samples(target) as samples:
        samples.read([0], names=["image"])
        with pytest.raises(InloopError, match=r"samples 24\.\.31 are damaged"):
            samples.read([25], names=["image"])
