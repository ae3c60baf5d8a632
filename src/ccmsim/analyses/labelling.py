"""Names beside the points of a figure, and legends, where they lie on nothing else.

Comes in: axes that are drawn, points with names, lines to keep clear of. Goes out: annotations and
legends. Moves no point.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_AWAY: Final = (6, 12, 20)
"""Points of the page between a point and its name: the nearest that is free."""

_SIDES: Final = (
    (1, 1, "left", "bottom"),
    (-1, 1, "right", "bottom"),
    (1, -1, "left", "top"),
    (-1, -1, "right", "top"),
    (0, 1, "center", "bottom"),
    (0, -1, "center", "top"),
    (1, 0, "left", "center"),
    (-1, 0, "right", "center"),
)
_TITLE_PAD: Final = 24.0
"""Points of the page between axes and their title: room for a row of the legend."""

_MARKER: Final = 5.0

Point = tuple[float, float]
Line = tuple[Point, Point]


def name_points(
    axes: Axes,
    names: Sequence[tuple[Point, str, dict[str, Any]]],
    lines: Sequence[Line],
    points: Sequence[Point],
) -> None:
    """Write names beside points, each at the nearest place that lies on nothing.

    Parameters
    ----------
    axes : Axes
        With all else drawn, a legend among it: it is laid out here.
    names : sequence of (point, text, keywords of `annotate`)
        The first ones choose first. Where no place is free, the one that hides least.
    lines : sequence of (point, point)
    points : sequence of point
        In the data's units, those without a name, too.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> _ = axes.plot([0.0, 1.0], [0.0, 1.0], "o")
    >>> name_points(axes, [((0.0, 0.0), "low", {})], [((0.0, 0.0), (1.0, 1.0))], [(0.0, 0.0)])
    >>> [text.get_text() for text in axes.texts]
    ['low']
    """
    from matplotlib.path import Path
    from matplotlib.transforms import Bbox

    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    scale = figure.dpi / 72.0
    paths = [Path(axes.transData.transform(np.array(line))) for line in lines]
    reach = _MARKER * scale
    boxes = [
        Bbox([at - reach, at + reach]) for at in map(axes.transData.transform, points)
    ]  # fmt: skip
    legend = axes.get_legend()
    boxes += [] if legend is None else [legend.get_window_extent()]

    def hidden(box: Bbox) -> int:
        inside = bool(axes.bbox.containsx(box.x0) and axes.bbox.containsx(box.x1))
        inside = inside and bool(axes.bbox.containsy(box.y0) and axes.bbox.containsy(box.y1))
        on = sum(box.overlaps(other) for other in boxes)
        return on + sum(path.intersects_bbox(box) for path in paths) + 9 * (not inside)

    for at, text, keywords in names:
        label = axes.annotate(text, at, (0, 0), textcoords="offset points", **keywords)
        tried: list[tuple[int, int, Bbox, Point, str, str]] = []
        for away in _AWAY:
            for right, up, ha, va in _SIDES:
                label.set(position=(away * right, away * up), ha=ha, va=va)
                box = label.get_window_extent()
                tried.append((hidden(box), len(tried), box, label.get_position(), ha, va))
        _, _, box, position, ha, va = min(tried, key=lambda each: each[:2])
        label.set(position=position, ha=ha, va=va)
        boxes.append(box)


def legend_above(axes: Axes, title: str = "") -> None:
    """Title axes, and put the legend in a row beneath the title: inside, it would hide something.

    Axes without anything to explain get the title as high as their neighbours'.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> _ = axes.barh([0, 1], [3.0, 2.0], label="all years")
    >>> legend_above(axes, "Hours lost")
    >>> axes.get_title(loc="left"), axes.get_legend().texts[0].get_text()
    ('Hours lost', 'all years')
    """
    axes.set_title(title, loc="left", pad=_TITLE_PAD)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(
            loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, frameon=False, fontsize="small"
        )
