"""A disk drawn out by a vortex and brought back: reconstructions inside a running simulation.

The simulation carries fractions with a given flow; all it asks of a reconstruction is how much of each material lies in
a part of a zone. Prints, for the split and the unsplit scheme and three methods, what is misplaced when the disk should
be back, by how much any material's area changed on the way, and how far the border tore (mean over edges and moments).
Then the same with a loop and a method object of one's own.
"""

from inloop import mir
from inloop.hydro.advection import Simulation
from inloop.hydro.problems import problem_of

problem = problem_of("vortex", period=2.0)
for scheme in ("split", "unsplit"):
    for method in ("youngs", "elvira", "learned"):
        results = Simulation(problem, method=method, scheme=scheme, zones=32).run()
        print(
            f"{scheme:8} {method:8} area error {results['area_error']:.2e}  drift {results['volume_drift']:.1e}"
            f"  border {results['continuity_error_mean']:.1e}  steps {results['steps']}"
        )

simulation = Simulation(problem, method=mir.Youngs(gradient="least-squares"), zones=32, cfl=0.2)
widest = 0
while simulation.advance():
    widest = max(widest, len(simulation.face().zones))
start, end = (fractions[0].sum() / 32**2 for fractions in (simulation.start, simulation.fractions))
print(f"own loop: mixed zones up to {widest}, area {start:.6f} at the start and {end:.6f} at the end")
