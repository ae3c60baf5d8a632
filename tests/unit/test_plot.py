from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from tests.unit.synthetic_results import FEE, results_of, spread

from ccmsim.analyses.labelling import legend_above
from ccmsim.errors import InputError
from ccmsim.measures import FLOWS, totals
from ccmsim.plot import LABELS
from ccmsim.results import Results


def line(axes: Axes, label: str) -> np.ndarray:
    """Return the y values of the line with this label."""
    (found,) = [one for one in axes.lines if str(one.get_label()).startswith(label)]
    return np.asarray(found.get_ydata(), float)


def upright(axes: Axes, label: str) -> float:
    """Return the x of the vertical line with this label."""
    (found,) = [one for one in axes.lines if str(one.get_label()).startswith(label)]
    return float(np.asarray(found.get_xdata(), float)[0])


def heights(axes: Axes) -> float:
    """Return the sum of the bars' heights."""
    return sum(bar.get_height() for bar in axes.patches if isinstance(bar, Rectangle))


def bands(axes: Axes) -> list[PolyCollection]:
    return [one for one in axes.collections if isinstance(one, PolyCollection)]


def test_axes_say_what_they_show() -> None:
    figure = spread(50, 12).plot()
    assert isinstance(figure, Figure)
    months, total = figure.axes
    assert months.get_xlabel() == "Month"
    assert months.get_ylabel() == "Billed a month, thousand USD"
    assert total.get_xlabel() == "Billed in 12 months, thousand USD"
    assert total.get_ylabel() == "Replications"
    assert figure.get_suptitle() == "two_nurses: 50 replications of 12 months from 2026-01"
    names = [label.get_text() for label in months.get_xticklabels()]
    assert names[:2] == ["Jan\n2026", "Feb"]
    assert len(names) == 12


def test_fan_has_the_quantiles_of_each_month() -> None:
    results = spread(101, 3)
    months = results.plot().axes[0]
    billed = results.values["billed_usd"] / 1000.0
    np.testing.assert_allclose(line(months, "median"), np.median(billed, axis=0))
    np.testing.assert_allclose(line(months, "projection"), 200 * FEE / 1000.0)
    wide, narrow = bands(months)
    for band, low, high in ((wide, 0.05, 0.95), (narrow, 0.25, 0.75)):
        y = np.asarray(band.get_paths()[0].vertices)[:, 1]
        edges = np.quantile(billed, [low, high], axis=0, method="inverted_cdf")
        assert y.min() == pytest.approx(edges[0].min())
        assert y.max() == pytest.approx(edges[1].max())


def test_total_shows_its_mean_its_bad_end_and_the_projection() -> None:
    results = spread(200, 12)
    total = results.plot().axes[1]
    billed = totals(results, "billed_usd") / 1000.0
    assert upright(total, "mean") == pytest.approx(billed.mean())
    assert upright(total, "median") == pytest.approx(np.sort(billed)[99])
    assert upright(total, "1 in 20 below") == pytest.approx(np.sort(billed)[9])
    assert upright(total, "projection") == pytest.approx(200 * FEE * 12 / 1000.0)
    assert heights(total) == 200
    assert " ± " in str(total.lines[0].get_label())


def test_net_has_no_projection_but_a_zero_line() -> None:
    results = spread(60, 4)
    loss = results_of(shape=(60, 4), net_usd=results.values["net_usd"] - 3000.0)
    months, total = loss.plot("net_usd").axes
    assert months.get_ylabel() == "Net a month, thousand USD"
    labels = [str(one.get_label()) for axes in (months, total) for one in axes.lines]
    assert not [label for label in labels if label.startswith("projection")]
    assert [0.0, 0.0] in [list(np.asarray(one.get_ydata(), float)) for one in months.lines]


@pytest.mark.parametrize("variable", FLOWS)
def test_every_flow_can_be_drawn(variable: str) -> None:
    months, total = spread(30, 2).plot(variable).axes
    assert LABELS[variable] in months.get_ylabel()
    assert LABELS[variable] in total.get_xlabel()


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InputError, match=r"variable: cannot be plotted \(got 'receivable_usd'\)"):
        spread(3, 2).plot("receivable_usd")


@pytest.mark.parametrize(
    "results",
    [spread(1, 12), spread(2, 1), spread(3, 30), results_of(shape=(20, 12), billed_usd=5.0)],
    ids=["one replication", "one month", "many months", "all equal"],
)
def test_small_and_degenerate_results_are_drawn(results: Results) -> None:
    figure = results.plot()
    figure.savefig(io.BytesIO(), format="png")
    months, total = figure.axes
    assert len(bands(months)) == (2 if results.replications > 1 else 0)
    assert heights(total) == results.replications
    assert len(months.get_xticks()) <= 12


def test_one_replication_has_no_quantiles() -> None:
    months, total = spread(1, 12).plot().axes
    labels = [str(one.get_label()) for axes in (months, total) for one in axes.lines]
    assert [label.split(" ")[0] for label in labels] == ["the", "projection", "mean", "projection"]


def test_a_notebook_shows_the_figure() -> None:
    figure = spread(5, 2).plot()
    picture = figure._repr_png_()  # type: ignore[attr-defined]
    assert picture.startswith(b"\x89PNG")


def test_pyplot_knows_nothing_of_it() -> None:
    spread(5, 2).plot()
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_a_legend_above_hides_nothing() -> None:
    """It lies between the axes and the title, and the title within the figure, as high as all."""
    drawn = Figure(figsize=(6.0, 3.0), layout="constrained")
    left, right = drawn.subplots(1, 2)
    left.barh([0, 1], [3.0, 2.0], label="all years")
    left.barh([2, 3], [3.0, 2.0], label="worst years")
    legend_above(left, "Hours lost")
    legend_above(right, "Nothing to explain")
    drawn.draw_without_rendering()
    legend, title = left.get_legend(), next(each for each in left.get_children()
        if isinstance(each, Text) and each.get_text() == "Hours lost")  # fmt: skip
    assert legend is not None
    assert right.get_legend() is None
    box, name = legend.get_window_extent(), title.get_window_extent()
    assert left.bbox.y1 <= box.y0 < box.y1 <= name.y0 < name.y1 <= drawn.bbox.y1
    assert left.bbox.x0 <= box.x1 <= left.bbox.x1
    assert left.bbox.y1 == pytest.approx(right.bbox.y1)
