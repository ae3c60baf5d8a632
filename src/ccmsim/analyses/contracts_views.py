"""How contracts look: as text for a terminal, and as a figure.

Comes in: `Contracts`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim.analyses.contracts import Contracts, Price
from ccmsim.estimation.estimate import negative
from ccmsim.wording import cell, columns, counted, paragraph, stretch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def text(found: Contracts) -> str:
    """Return offers and prices as tables in plain text."""
    units = {price.name: price.unit for price in found.prices}
    rows: list[tuple[str, ...]] = [
        (
            "net, USD",
            "rate",
            "mean",
            "to in-house",
            f"bad {stretch(found.months)}",
            "worst 5 %",
            "loss, of 100",
        )
    ]
    for offer in found.offers:
        rate = "" if offer.rate is None else f"{offer.rate:,.2f} {units[offer.name]}"
        apart = "" if offer.to_in_house is None else cell(offer.to_in_house)
        rows.append(
            (
                offer.name, rate, cell(offer.mean), apart, cell(offer.bad_year),
                cell(offer.shortfall), cell(offer.loss.times(100.0)),
            )
        )  # fmt: skip
    prices: list[tuple[str, ...]] = [
        (
            "as good as in-house at",
            "by the mean",
            f"bad {stretch(found.months)}",
            "worst 5 %",
            "of it for absence",
        )
    ]
    prices += [
        (f"{p.name}, {p.unit}", cell(p.mean), cell(p.bad_year), cell(p.shortfall), cell(p.absence))
        for p in found.prices
    ]
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    how = f"{counted(found.replications, 'replication')}, seed {found.seed}"
    return "\n".join(
        [
            f"{found.scenario}: ways to run the programme, {span}",
            f"{how}; {100.0 * found.level:g} % intervals; vendor: {found.vendor}",
            "",
            *columns(rows),
            "",
            *columns(prices),
            "",
            *(line for price in found.prices for line in paragraph(answer(price))),
            *paragraph(f"Under a vendor the practice keeps the cost of {', '.join(found.kept)}."),
        ]
    )


def answer(price: Price) -> str:
    """Return what a price says of risk."""
    premium = price.premium
    if not premium.excludes(0.0):
        return f"The {price.name}: no premium for a bad year can be told ({cell(premium)})."
    more = "more" if premium.value > 0.0 else "less"
    size = cell(premium if premium.value > 0.0 else negative(premium))
    unit = "points" if price.unit == "%" else price.unit
    return (
        f"The {price.name}: who looks at the bad year may pay {size} {unit} {more} than who looks "
        "at the mean."
    )


def figure(found: Contracts) -> Figure:
    """Return the figure: each way's mean and bad year; each fee's three prices."""
    from ccmsim.plot import NotebookFigure

    drawn = NotebookFigure(figsize=(9.2, 4.6), dpi=120, layout="constrained")
    left, right = drawn.subplots(1, 2, width_ratios=[3, 2])
    _draw_offers(left, found)
    _draw_prices(right, found.prices)
    handles = [*left.get_legend_handles_labels()[0], *right.get_legend_handles_labels()[0][2:]]
    drawn.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    span, level = counted(found.months, "month"), found.offers[0].mean.level
    title = f"{found.scenario}, {span}; bars: {100.0 * level:g} % intervals"
    drawn.suptitle(title, x=0.01, ha="left")
    return drawn


def _draw_offers(axes: Axes, found: Contracts) -> None:
    bad = f"bad {stretch(found.months)}, one in twenty"
    for place, offer in enumerate(found.offers):
        for number, colour, label in (
            (offer.mean, "#08306b", "mean"), (offer.bad_year, "#b03a00", bad),
        ):  # fmt: skip
            axes.plot([number.low / 1e3, number.high / 1e3], [place] * 2, color=colour)
            axes.plot(
                number.value / 1e3, place, "o", color=colour, label=label if place == 0 else None
            )
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(found.offers)), [offer.name for offer in found.offers])
    axes.invert_yaxis()
    axes.set_xlabel("net, thousand USD")
    _tidy(axes)


def _draw_prices(axes: Axes, prices: tuple[Price, ...]) -> None:
    for place, price in enumerate(prices):
        for shift, name, colour, label in (
            (-0.2, "mean", "#08306b", "by the mean"),
            (0.0, "bad_year", "#b03a00", "by the bad year"),
            (0.2, "shortfall", "#d08770", "mean of the worst twentieth"),
        ):
            number = getattr(price, name)
            axes.plot([number.low, number.high], [place + shift] * 2, color=colour)
            axes.plot(
                number.value, place + shift, "o", color=colour, label=label if place == 0 else None
            )
    axes.set_yticks(range(len(prices)), [f"{price.name}, {price.unit}" for price in prices])
    axes.invert_yaxis()
    axes.set_xlabel("rate as good as in-house")
    _tidy(axes)


def _tidy(axes: Axes) -> None:
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
