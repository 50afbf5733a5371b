"""A simulated history that can be drawn: what :func:`runline.simulate` returns."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from runline.reports.picture import Picture
from runline.simulator.outcome import Outcome

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes

    from runline.explorer.history import Explored


@dataclass(frozen=True, slots=True)
class Simulated(Outcome):
    """An outcome with pictures: ``plot`` its timeline, or take it as a ``graph``.

    Each shows one DAG (the first of which something is broken, if none is named) at the end, or after an entry of the
    trace. A history that the scenario fixes is drawn with its steps.
    """

    explored: Explored | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        broken = ", ".join(self.broken) or "nothing"
        return f"<{self.scenario.title!r} under {self.design.name}, seed {self.seed}: broken for good: {broken}>"

    def picture(self, dag: str | None = None, laws: Collection[str] | None = None, entry: int | None = None) -> Picture:
        """What :meth:`plot` draws; see :func:`runline.reports.simulated_chart.picture_of_outcome`."""
        from runline.reports.simulated_chart import picture_of_outcome

        return picture_of_outcome(self, dag, laws, entry)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        dag: str | None = None,
        laws: Collection[str] | None = None,
        entry: int | None = None,
    ) -> Axes:
        """The chart, on ``ax`` or on a figure of its own."""
        from runline.reports.chart import draw

        picture = self.picture(dag, laws, entry)
        if self.explored is None or entry is not None:
            return draw(picture, ax)
        from runline.reports.history_chart import plot

        return plot(self.explored, picture, ax)

    def graph(self, dag: str | None = None, entry: int | None = None) -> nx.DiGraph:
        """Runs and task instances, and what is between them: ``previous``, ``overrides``, ``owns``."""
        from runline.reports.graph import timeline_graph

        picture = self.picture(dag, entry=entry)
        return timeline_graph(picture.state, picture.dag)


def simulated(outcome: Outcome) -> Simulated:
    """An outcome as one that can be drawn."""
    from runline.explorer.history import Explored

    shared = {each.name: getattr(outcome, each.name) for each in fields(Outcome)}
    return Simulated(**shared, explored=outcome if isinstance(outcome, Explored) else None)
