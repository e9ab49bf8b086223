"""A mesh in four blocks, each with the halo layers its method needs: the same answer, bit for bit.

A parallel host holds a block of the mesh and copies of its neighbours' outermost zones. `boundary=w` says that the
array carries w such layers on a side; where the block ends at the mesh's own border, the border's rule is given.
"""

import numpy as np

from inloop import mir
from inloop.mir import shapes

zones, half = 64, 32
fractions = shapes.Circle(centre=(0.51, 0.493), radius=0.3).fractions(shapes.uniform_edges(zones))

for method in ("youngs", "elvira", "lvira"):
    whole = mir.reconstruct(fractions, method=method, spacing=1 / zones, boundary="mirror").coverage(4)
    assembled = np.empty_like(whole)
    halo = mir.halo_width(method)
    for row in (0, half):
        for column in (0, half):
            upper, right = row > 0, column > 0  # which sides touch another block
            rows = slice(row - halo * upper, row + half + halo * (not upper))
            columns = slice(column - halo * right, column + half + halo * (not right))
            block = mir.reconstruct(
                fractions[rows, columns],
                method=method,
                spacing=1 / zones,
                origin=(column / zones, row / zones),
                boundary=(
                    (halo, "mirror") if right else ("mirror", halo),
                    (halo, "mirror") if upper else ("mirror", halo),
                ),
            )
            assembled[:, 4 * row : 4 * (row + half), 4 * column : 4 * (column + half)] = block.coverage(4)
    differences = np.count_nonzero(assembled != whole)
    print(f"{method:8} halo of {halo}: {differences} of {whole.size} sub-zones differ")
