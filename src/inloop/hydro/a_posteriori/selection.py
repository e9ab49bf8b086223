"""Which runs the report is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from inloop.errors import InloopError
from inloop.hydro import euler
from inloop.hydro.a_posteriori.case import Case, Contender, Setting
from inloop.hydro.advection import SCHEMES, Simulation
from inloop.hydro.problems import problem_of

SHORT = (
    Setting("vortex", 32),
    Setting("vortex", 32, period=2.0),
    Setting("rotation", 32),
    Setting("deformation", 32, materials=3),
    Setting("triple-point", 70),
)
"""A few minutes."""
FULL = (
    *(Setting("vortex", zones) for zones in (32, 64, 128)),
    *(Setting("vortex", zones, period=2.0) for zones in (32, 64, 128)),
    Setting("zalesak", 200),
    Setting("shear", 100),
    *(Setting("deformation", 64, materials=materials) for materials in (2, 3, 4)),
    *(Setting("deformation3d", zones) for zones in (32, 64)),
    Setting("sod-two-gas", 200),
    Setting("triple-point", 210),
    Setting("bubble-layer", 240),
    Setting("helium", 325),
    Setting("rayleigh-taylor", 64),
    Setting("richtmyer-meshkov", 160),
)
"""What is published, and more."""
METHODS = ("slic", "youngs", "elvira", "lvira", "equiz", "power", "learned")
SMOOTH = ("translation", "rotation")  # of a disk: what orders of convergence are measured on
_ORDERED, _RETURNING = ("elvira", "lvira", "learned"), ("learned",)
_SHORT_PERIOD, _TURNS = 0.5, 10


@dataclass(frozen=True)
class Selection:
    """settings: schemes chosen, contenders: for each of them, where they apply; orders, stability: the extra cases."""

    settings: tuple[Setting, ...]
    contenders: tuple[Contender, ...]
    orders: tuple[Case, ...]
    stability: tuple[Case, ...]

    def cases(self) -> Iterator[Case]:
        """Every run, each once, the settings first."""
        main = (Case(setting, who) for setting in self.settings for who in self.contenders if applies(who, setting))
        yield from dict.fromkeys([*main, *self.orders, *self.stability])


def applies(who: Contender, setting: Setting) -> bool:
    """Whether a reconstruction can run there, and would differ from others that do."""
    problem = setting.made()
    carried = len(problem.gases) if isinstance(problem, euler.Problem) else setting.materials or 2
    return len(problem.low) in who.dimensions and not (carried == 2 and who.method == "power")  # of two it is as elvira


def select(
    *,
    problems: Sequence[Setting] | None = None,
    grids: Sequence[int] | None = None,
    schemes: Sequence[str] = tuple(SCHEMES),
    contenders: Sequence[Contender],
    full: bool = False,
) -> Selection:
    """The runs asked for. problems, grids: instead of the usual ones; full: the long list of these."""
    plain = problems or (FULL if full else SHORT)
    if grids:
        plain = tuple(dict.fromkeys(replace(setting, zones=zones) for setting in plain for zones in grids))
    unknown = [scheme for scheme in schemes if scheme not in SCHEMES]
    if unknown:
        raise InloopError(f"scheme {unknown[0]!r} is unknown: take of {', '.join(SCHEMES)}")
    settings = [replace(setting, scheme=scheme) for setting in plain for scheme in _schemes(setting, schemes)]
    sizes = tuple(grids or ((16, 32, 64, 128) if full else (16, 32, 64)))
    turned = sizes[0] if grids else 32 if full else 16
    ordered = [who for who in contenders if who.method in _ORDERED and who.gate is None]
    returning = [who for who in contenders if who.method in _RETURNING]
    return Selection(
        tuple(settings),
        tuple(contenders),
        tuple(
            Case(Setting(name, zones, scheme), who)
            for name in SMOOTH
            for scheme in schemes
            for who in ordered
            for zones in sizes
        ),
        tuple(
            Case(Setting("vortex", turned, scheme, _SHORT_PERIOD, cfl=cfl, turns=_TURNS), who)
            for scheme in schemes
            for who in returning
            for cfl in (0.1, 0.5, limit(scheme, turned))
        ),
    )


def _schemes(setting: Setting, wanted: Sequence[str]) -> Sequence[str | None]:
    problem = setting.made()
    if isinstance(problem, euler.Problem):
        return [None]
    return wanted if len(problem.low) == 2 else ["split"]  # unsplit works in the plane


def limit(scheme: str, zones: int) -> float:
    """The largest CFL on the short vortex: split where a zone takes in half of its volume, unsplit one."""
    if scheme != "split":
        return SCHEMES[scheme].cfl
    probe = Simulation(problem_of("vortex", period=_SHORT_PERIOD), method="youngs", zones=zones, cfl=0.1)
    return 0.5 * probe.cfl / probe.courant_sum * (1 - 1e-6)


def setting_of(text: str) -> Setting:
    """`vortex`, `vortex:period=2` or `deformation:materials=3:period=1`, at the problem's own number of zones."""
    name, *choices = text.strip().split(":")
    given: dict[str, float] = {}
    for choice in choices:
        key, _, value = choice.partition("=")
        try:
            given[key] = {"period": float, "materials": int}[key](value)
        except (KeyError, ValueError):
            raise InloopError(
                f"--problems {text!r}: {choice!r} is no choice; as in vortex:period=2 or deformation:materials=3"
            ) from None
    materials = given.get("materials")
    setting = Setting(name, 0, period=given.get("period"), materials=None if materials is None else int(materials))
    problem = setting.made()  # refuses what does not fit
    if isinstance(problem, euler.Problem) and len(problem.gases) == 1:
        raise InloopError(f"--problems {text!r}: {name} is of one material, there is nothing to reconstruct")
    return replace(setting, zones=problem.zones)
