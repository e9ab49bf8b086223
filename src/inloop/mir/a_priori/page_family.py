"""The sections of the a-priori page on trained autoencoders: the published family, penalties against projection."""

from __future__ import annotations

from typing import Any

from inloop.mir.a_priori import pictures
from inloop.mir.a_priori.errors import LEARNED
from inloop.mir.a_priori.family import METRIC, Ablation, Family, Run
from inloop.mir.a_priori.published import FAMILY, POSTER, REPEATED
from inloop.mir.a_priori.report import number
from inloop.mir.picture import figure_bytes
from inloop.validation.report import Page

_IMAGE_COLUMNS = (
    "mse",
    "conservation_error_mean",
    "conservation_error_max",
    "continuity_error_mean",
    "symmetric_difference",
)
_IMAGE_HEAD = ("MSE", "conservation", "max", "continuity", "error")


def _budget(run: Run) -> list[str]:
    return [f"{run.steps}", f"{run.samples}", f"{run.seconds:.0f}"]


def family_section(made: Page, own: Family) -> None:
    """The published models as trained here, beside their published figures and the other kernels."""
    made.heading("9. The published family")
    true = next(iter(own.others.values()))["true_continuity_error_mean"]
    made.text(
        f"Autoencoders after {POSTER}, measured on {own.images} held-out samples by their images: continuity from the"
        f" pixels beside an edge, for which the true images themselves have {number(true)}: a continuity below that is"
        " a smeared border, no merit. The poster does not define its errors and its samples are others: its figures"
        " stand beside ours for orientation. The learned kernel and the classical methods are judged by their images"
        " here too."
        "\n\nOurs are trained on a small budget, stated for each model; the poster states none."
    )
    head = ["model", "runs", "MSE", "published", "conservation", "max", "published", "continuity", "published"]
    cells: list[list[Any]] = []
    budgets: list[list[Any]] = []
    for model, runs in own.models.items():
        first, theirs = runs[0], FAMILY.get(model)
        mse, conservation, most, continuity, area = (number(own.mean(model, key)) for key in _IMAGE_COLUMNS)
        others = (theirs.mse, theirs.conservation_error, theirs.continuity_error) if theirs else (None,) * 3
        a, b, c = map(number, others)
        title = theirs.title if theirs else model
        cells.append([title, len(runs), mse, a, conservation, most, b, continuity, c, area])
        budgets.append([title, first.fully_connected, first.parameters, *_budget(first)])
    for name, figures in own.others.items():
        mse, conservation, most, continuity, area = (number(figures[key]) for key in _IMAGE_COLUMNS)
        title = "learned kernel" if name == LEARNED else name
        cells.append([title, "–", mse, "–", conservation, most, "–", continuity, "–", area])
    made.table([*head, _IMAGE_HEAD[-1]], cells, caption="Means over the runs of a model; of the maxima the largest")
    head = ["model", "FC", "weights", "steps", "samples seen", "seconds"]
    made.table(head, budgets, caption="Budget of a model's first run. FC: values into the fully connected layers")
    if any(model in FAMILY for model in own.models):
        made.picture(
            figure_bytes(pictures.family(own)),
            alt="Errors of the published family",
            caption="Grey: as published. Blue: ours, mean over runs, each run a tick",
        )
    _test(made, own)


def _test(made: Page, own: Family) -> None:
    test = own.test
    published = {
        "first": f"{FAMILY[REPEATED.first].title}: {REPEATED.means[0]:g} % (s.d. {REPEATED.deviations[0]:g} %)",
        "second": f"{FAMILY[REPEATED.second].title}: {REPEATED.means[1]:g} % (s.d. {REPEATED.deviations[1]:g} %)",
        "t": f"{REPEATED.t:.4f}",
        "p, one-sided": f"{REPEATED.p:.5f}",
        "effect size d": f"{REPEATED.cohens_d:.2f}",
    }
    ours: dict[str, str] = {}
    if test is None or own.rivals is None:
        short = ", ".join(f"{model} {len(own.models[model])}" for model in own.ranked[:2])
        made.text(
            "Welch's test of the two best models needs two finished runs of each with different seeds, and some spread."
            f" Runs there are: {short}."
        )
    else:
        made.text(
            f"Welch's test of the {METRIC.upper()} of the two best models over their runs, the better one second."
            " One-sided: how likely is a difference this far below zero by chance. d: the difference in pooled standard"
            " deviations. The published errors are in per cent; number of runs and degrees of freedom are not stated."
        )
        parts = zip(own.rivals, (test.first, test.second), strict=True)
        first, second = (f"{model}: {part.mean:.5f} (s.d. {part.deviation:.5f})" for model, part in parts)
        ours = {
            "first": first,
            "second": second,
            "runs": f"{test.first.n} and {test.second.n}",
            "t": f"{test.t:.4f}",
            "degrees of freedom": f"{test.degrees:.1f}",
            "p, one-sided": f"{test.p_less:.4g}",
            "p, two-sided": f"{test.p_two_sided:.4g}",
            "effect size d": f"{test.cohens_d:.2f}",
        }
        made.picture(
            figure_bytes(pictures.repeated(own)),
            alt="Runs of the two best models",
            caption="Every run a dot; mean and standard deviation",
        )
    rows = [[name, ours.get(name, "–"), published.get(name, "–")] for name in ours or published]
    made.table(["", "ours", "published"], rows, caption="Are the two best models different?")


def ablation_section(made: Page, own: Ablation) -> None:
    """What penalties reach, and what projection does, at the same number of samples seen."""
    made.heading("10. Penalties against projection")
    made.text(
        "One autoencoder (2 channels) taught with the mean square error alone, with a penalty for either law, with"
        " both; and the level-set kernel, in which both laws hold by construction, on the same number of samples seen."
        f" All by their images, on {own.images} held-out samples: the continuity of images counts pixels beside an edge"
        " and is not zero for true images either; of the level sets it does not mean torn edges, of which they have"
        " none."
    )
    head = ["training", "weights", *_IMAGE_HEAD, "samples seen", "seconds"]
    cells = []
    for arm in own.arms:
        how = "by construction" if arm.weights is None else " / ".join(f"{weight:g}" for weight in arm.weights)
        if arm.run is None:
            cells.append([arm.title, how, "not trained", *["–"] * 6])
            continue
        mine = [number(arm.run.figures[key]) for key in _IMAGE_COLUMNS]
        cells.append([arm.title, how, *mine, *_budget(arm.run)[1:]])
    trained = [(k, arm.run) for k, arm in enumerate(own.arms) if arm.run is not None]
    best = [
        (min(trained, key=lambda pair: pair[1].figures[key])[0], 2 + j)
        for j, key in enumerate(_IMAGE_COLUMNS)
        if key != "continuity_error_mean"
    ]
    made.table(head, cells, caption="Weights: of MSE, conservation, continuity in the loss", best=best)
