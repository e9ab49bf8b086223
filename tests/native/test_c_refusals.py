"""What the C interface refuses: a status, and one line that names the input and the mend. Nothing crashes."""

from __future__ import annotations

import ctypes
import re

import numpy as np
import pytest
from tests.native import binding
from tests.native.binding import Block, Handle, Refused, at, block_of, check, declared


def bad_block(library, change):
    block = block_of(library, (3, 2))
    change(block)
    return block


NEGATIVE = (ctypes.c_double * 3)(1, -1, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: setattr(b, "struct_size", 0), "not set up: call inloop_block_init"),
        (lambda b: setattr(b, "struct_size", 10_000), "older than the header"),
        (lambda b: setattr(b, "dimensions", 3), "block has 3 dimensions, the handle was opened for 2"),
        (lambda b: setattr(b, "materials", 0), "materials is 0: expected 1 to 32767"),
        (lambda b: setattr(b, "materials", 40_000), "materials is 40000"),
        (lambda b: b.n.__setitem__(0, 0), "0 zones along x: expected at least 1"),
        (lambda b: b.n.__setitem__(1, -5), "-5 zones along y"),
        (lambda b: (b.n.__setitem__(0, 2**62), b.n.__setitem__(1, 2**62)), "more zones than 64 bits"),
        (lambda b: b.halo[0].__setitem__(1, -1), "-1 halo layers along x: expected 0 or more"),
        (lambda b: b.side[1].__setitem__(0, 9), "side along y is 9: take INLOOP_SIDE_EXTEND"),
        (lambda b: b.side[1].__setitem__(0, 2), "periodic on one side along y only"),
        (lambda b: b.spacing.__setitem__(0, 0.0), "spacing along x is 0 in zone 0: widths must be positive"),
        (lambda b: b.spacing.__setitem__(1, float("nan")), "spacing along y is nan"),
        (lambda b: b.widths.__setitem__(0, NEGATIVE), "spacing along x is -1 in zone 1"),
        (lambda b: b.origin.__setitem__(0, float("inf")), "origin along x is not finite"),
        (lambda b: b.origin.__setitem__(1, 1e30), "too small beside the origin"),
        (
            lambda b: (b.stride.__setitem__(0, 1), setattr(b, "materials", 2)),
            "stride_material is 0 beside given strides",
        ),
    ],
)
def test_bad_blocks_are_refused_by_name(library, change, message):
    with pytest.raises(Refused, match=message) as refused:
        Handle(library, "elvira", 2).run(bad_block(library, change), np.full((2, 2, 3), 0.5))
    assert refused.value.status == binding.BAD_INPUT


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, r"zone \(row 1, column 2\) is not a number"),
        (-0.01, r"zone \(row 1, column 2\) is -0.01, below 0"),
        (1.01, r"zone \(row 1, column 2\) is 1.01, above 1"),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bad_fractions_are_refused_by_zone(library, value, message, dtype):
    fractions = np.full((2, 3), 0.5, dtype)
    fractions[1, 2] = value
    with pytest.raises(Refused, match=message):
        Handle(library, "elvira", 2).run(block_of(library, (3, 2)), fractions)


def test_fractions_that_do_not_sum_to_one_are_refused(library):
    with pytest.raises(Refused, match=r"\(all materials\) sums to 0.9, not 1"):
        Handle(library, "elvira", 2).run(block_of(library, (3, 2), 2), np.full((2, 2, 3), 0.45))


@pytest.mark.parametrize(
    ("method", "dimensions", "message"),
    [
        ("plic", 2, "method 'plic' is unknown: this version takes slic, youngs, elvira, lvira, mof, equiz, power"),
        ("bundle/mir", 2, "inloop_open_bundle takes the folder of a learned kernel"),
        ("slic", 3, "method 'slic' works in 2D only: in 3D take youngs, elvira, lvira, mof"),
        ("elvira", 4, "dimensions is 4: expected 2 or 3"),
    ],
)
def test_unknown_methods_are_refused(library, method, dimensions, message):
    with pytest.raises(Refused, match=message):
        Handle(library, method, dimensions)


@pytest.mark.parametrize(
    ("method", "option", "value", "message"),
    [
        ("elvira", "threads", "0", "threads is 0: expected at least 1"),
        ("elvira", "threads", "two", "threads is 'two', not a whole number"),
        ("elvira", "threads", "99999999999", "not a whole number"),
        ("elvira", "order", "0,0,1", "expected each material number from 0 on once"),
        ("elvira", "order", "0;1", "a material is '0;1', not a whole number"),
        ("elvira", "order", "0,", "a material is '', not a whole number"),
        ("power", "order", "1,0", "does not depend on one"),
        ("elvira", "gradient", "corners", "option 'gradient' is unknown to this method"),
        ("youngs", "gradient", "central", "gradient is 'central': take corners or least-squares"),
        ("slic", "slabs", "z", "slabs is 'z': take neighbours, x or y"),
        ("slic", "colour", "red", "option 'colour' is unknown"),
    ],
)
def test_bad_options_are_refused(library, method, option, value, message):
    with pytest.raises(Refused, match=message):
        Handle(library, method, 2, **{option: value})


def test_order_must_name_every_material(library):
    with pytest.raises(Refused, match="order names 3 materials, the fractions hold 2"):
        Handle(library, "elvira", 2, order="0,1,2").run(block_of(library, (3, 2)), np.full((2, 3), 0.5))


def test_moments_need_centroids(library):
    handle, block, fractions = Handle(library, "mof", 2), block_of(library, (3, 2)), np.full((2, 3), 0.5)
    with pytest.raises(Refused, match="'mof' needs centroids: centroids is NULL"):
        handle.run(block, fractions)
    with pytest.raises(Refused, match=r"centroid of material 0 in zone \(row 0, column 0\) is not finite"):
        handle.run(block, fractions, np.full((2, 3, 2), np.nan))


def test_queries_refuse_what_has_no_meaning(library):
    flat_face = Handle(library, "elvira", 2).run(block_of(library, (2, 2)), np.full((2, 2), 0.5))
    solid = Handle(library, "elvira", 3).run(block_of(library, (2, 2, 2)), np.full((2, 2, 2), 0.5))
    with pytest.raises(Refused, match="polyhedra are for 3D"):
        flat_face.sizes("polyhedra", 4, 0)
    with pytest.raises(Refused, match="polygons are for 2D"):
        solid.sizes("polygons", 2, 0)
    with pytest.raises(Refused, match="material is 2: expected 0 to 1"):
        flat_face.sizes("polygons", 2, 2)
    with pytest.raises(Refused, match="k is 0: expected at least 1"):
        flat_face.call("coverage_f64", 0, np.empty(1))
    with pytest.raises(Refused, match="zone 4 lies outside the mesh of 4"):
        flat_face.share(np.array([4]), np.array([[0.0, 0, 1, 1]]))
    for box in ([0.5, 0, 0.25, 1], [0, 0, 1, 1.5], [np.nan, 0, 1, 1]):
        with pytest.raises(Refused, match=r"box 0 must lie in \[0, 1\]"):
            flat_face.share(np.array([0]), np.array([box], float))


def test_batch_names_the_bad_sample(library):
    batch = np.full((3, 1, 2, 2), 0.5)
    batch[1, 0, 1, 0] = 2
    sizes = ctypes.c_int64(3), 1, ctypes.c_int64(2), ctypes.c_int64(2), 1
    handle = Handle(library, "elvira", 2)
    with pytest.raises(Refused, match=r"sample 1: fraction in zone \(row 1, column 0\) is 2, above 1"):
        check(library, library.inloop_run_batch_f64(handle.pointer, *sizes, at(batch), at(np.empty_like(batch))))
    mof = Handle(library, "mof", 2)
    with pytest.raises(Refused, match="'mof' needs centroids"):
        check(library, library.inloop_run_batch_f64(mof.pointer, *sizes, at(batch), at(np.empty_like(batch))))


def test_null_is_refused_everywhere_and_nothing_crashes(library, installed):
    for name, count in declared(installed["header"]).items():
        call = getattr(library, name)
        if call.restype is None:
            call(None)  # closing nothing is allowed
        elif count:
            assert call(*[ctypes.c_void_p()] * count) == binding.BAD_INPUT, name
            assert re.search(r"is NULL", library.inloop_last_error().decode()), name


def test_size_of_the_block_is_checked(library):
    block = Block()
    size = ctypes.c_size_t(ctypes.sizeof(Block) - 8)
    with pytest.raises(Refused, match="header and library differ"):
        check(library, library.inloop_block_init(ctypes.byref(block), size, 2, (ctypes.c_int64 * 2)(1, 1)))
