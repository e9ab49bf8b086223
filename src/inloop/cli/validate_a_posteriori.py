"""`inloop validate mir --a-posteriori`: the kernel inside running simulations, beside the classical methods."""

from __future__ import annotations

from pathlib import Path

from inloop.cli import options, show
from inloop.errors import InloopError

DEFAULT = Path("out/a-posteriori")
_PAGE = "index.html"
_ENDINGS = (".html", ".htm", ".md")


def validate_a_posteriori(
    *,
    bundle: str,
    problems: str | None,
    grids: str | None,
    schemes: str | None,
    methods: str | None,
    gate: float | None,
    full: bool,
    out: Path,
    json: Path | None,
) -> None:
    """Do the runs that are missing, and write the page of all. out: a folder, or the page in one."""
    from inloop.hydro.a_posteriori.case import Contender
    from inloop.hydro.a_posteriori.page import page
    from inloop.hydro.a_posteriori.report import gather
    from inloop.hydro.a_posteriori.selection import METHODS, select, setting_of
    from inloop.hydro.a_posteriori.store import Store
    from inloop.hydro.advection import SCHEMES
    from inloop.mir.a_priori.report import gate_of

    target = out if out.suffix.lower() in _ENDINGS else out / _PAGE
    options.folder(target.parent, "--out")
    for path in (target, json):
        if path is not None:
            options.refuse_output(path)
    trust = gate_of(bundle, gate)
    names = _words(methods) or METHODS
    contenders = [Contender(name, bundle=bundle if name == "learned" else None) for name in names]
    if trust is not None and "learned" in names:
        contenders.append(Contender("learned", trust.worse, bundle))
    sizes = None if grids is None else options.numbers(grids, "--grids", int)
    if sizes is not None and min(sizes) < 4:
        raise InloopError(f"--grids '{grids}': {min(sizes)} zones an axis, expected at least 4")
    selection = select(
        problems=[setting_of(text) for text in _words(problems)] or None,
        grids=sizes,
        schemes=_words(schemes) or tuple(SCHEMES),
        contenders=contenders,
        full=full,
    )
    runs = options.folder(target.parent / "runs", "--out")
    with show.bar("simulating") as shown:
        report = gather(selection, Store(runs), step=shown)
    show.table(["kind of run", "trust"], [[verdict.kind, verdict.words] for verdict in report.verdicts])
    about = show.about({"bundle": bundle, "gate": None if trust is None else trust.worse})
    if json is not None:
        show.write_json(json, about, report.results())
    facts = {name: value for name, value in about.items() if name != "command"}
    page(report, foot=str(about["command"]), facts=facts).save(target)
    show.say(f"page: {target}; its runs: {runs}")


def _words(text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(word.strip() for word in text.split(","))
