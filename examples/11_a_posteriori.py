"""Which reconstruction to trust inside a simulation: the runs, kept in a folder, and a verdict computed from them.

Three methods and the learned one with its gate carry a disk through a vortex and back, on two meshes. Prints who is to
be trusted and why, then the order at which the error of a disk carried around falls from the one mesh to the other.
Started again, nothing is run again: the folder holds what was done. `inloop validate mir --a-posteriori` does the same
for many problems and writes a page.
"""

from dataclasses import replace
from pathlib import Path

from inloop.hydro.a_posteriori.case import Contender
from inloop.hydro.a_posteriori.page import page
from inloop.hydro.a_posteriori.report import gather, orders
from inloop.hydro.a_posteriori.selection import select, setting_of
from inloop.hydro.a_posteriori.store import Store

contenders = [Contender("youngs"), Contender("elvira"), Contender("learned"), Contender("learned", gate=0.01)]
selection = select(
    problems=[setting_of("vortex:period=2")], grids=(16, 32), schemes=("unsplit",), contenders=contenders
)
selection = replace(selection, stability=())  # ten turns at three step sizes take a while

folder = Path("a-posteriori")
folder.mkdir(exist_ok=True)
report = gather(selection, Store(folder))
for verdict in report.verdicts:
    print(f"{verdict.kind}: trust {verdict.words}")
    for record in verdict.records:
        print(
            f"{record.label:20} ratio {record.ratio:.3f}  first in {record.wins} of {record.runs}"
            f"  drift {record.drift:.1e}  longest tear {record.torn:.1e}"
        )
for order in orders(report):
    print(f"{order.setting.problem:12} {order.who.label:8} order {order.fitted:.2f}")
page(report).save(folder / "index.html")

before = {path: path.stat().st_mtime_ns for path in folder.glob("*.json")}
gather(selection, Store(folder))
again = sum(path.stat().st_mtime_ns != before[path] for path in folder.glob("*.json"))
print(f"runs kept {len(before)}, done again {again}")
