"""A network on rows behind the real server: physical numbers stay on the client, the graph alone is remote."""

from __future__ import annotations

import numpy as np
import pytest
from tests.engines.row_networks import random_network, random_rows
from tests.engines.serving import starter

import inloop
from inloop import InloopError
from inloop.engines.failures import ServerError
from inloop.engines.remote import Remote


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """Sums of parts, and hats: all that rows have."""
    pytest.importorskip("onnxscript", reason="pip install 'inloop[train]'")
    from inloop.training.publish_rows import publish_rows

    network, path = random_network(sizes=(32, 3 * 37), parts=True), tmp_path_factory.mktemp("rows") / "parts"
    return publish_rows(
        *network, path, name="parts", case="slab", provenance={"command": "a test", "seed": 0}, errors={}
    )


def test_rows_by_a_server_are_those_of_the_core(bundle, tmp_path):
    rows, factor = random_rows(3000), np.linspace(1, 300, 3000)
    native = inloop.load(bundle.path)(rows, factor=factor)
    near_by = inloop.load(bundle.path, engine="onnxruntime")(rows, factor=factor)
    with starter(tmp_path / "repository", bundle)() as server:
        remote = inloop.load(bundle.path, engine=Remote(server.url, fallback=None, retries=0))
        going_on = inloop.load(bundle.path, engine=Remote(server.url, retries=0))
        assert remote(rows, factor=factor) == pytest.approx(native, rel=2e-5)
        assert going_on(rows, factor=factor) == pytest.approx(native, rel=2e-5)
        rows[3, 0] = -5.0
        with pytest.raises(InloopError, match="input pressure: -5 in row 3 has no log"):
            remote(rows)
    rows[3, 0] = random_rows(4)[3, 0]
    with pytest.raises(ServerError, match="server"):
        remote(rows[:10])
    assert np.array_equal(going_on(rows, factor=factor), near_by)
