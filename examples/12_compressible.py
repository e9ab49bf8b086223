"""A shock over the junction of three gases: compressible flow with a reconstruction that decides what passes each face.

The triple point rolls up its three materials, on a mesh so coarse that the roll is a few zones wide. Prints, for
ELVIRA and the learned kernel, what changed of any material's mass and of the energy, how far borders tore, and how much
of the time the reconstruction took; then how far the driving gas came, on which both should agree. The materials at the
end go to triple-point.png.
"""

from matplotlib.figure import Figure

from inloop.hydro.euler import Simulation
from inloop.hydro.problems.compressible import compressible_of

figure = Figure(figsize=(7, 6.5), layout="constrained")
for method, ax in zip(("elvira", "learned"), figure.subplots(2), strict=True):
    simulation = Simulation(compressible_of("triple-point"), method=method, zones=42)
    results = simulation.run()
    print(
        f"{method:8} mass drift {results['mass_drift']:.1e}  energy drift {results['energy_drift']:.1e}"
        f"  longest tear {results['continuity_error_max']:.1e}  steps {results['steps']}"
        f"  rebuilding {results['reconstruction_share']:.2f} of the time"
    )
    driven = simulation.fractions[0, -1].sum() * simulation.grid.spacing[0]
    print(f"{method:8} the driver reaches {driven:.3f} along the upper wall")
    simulation.face().plot(ax)
    ax.set_title(method)
figure.savefig("triple-point.png", dpi=100)
