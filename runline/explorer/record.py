"""What several workers recorded of a model, and that record as a model, which an ordinary search goes through.

A row tells of one state what is broken in it, where its moves lead, in the order in which a search makes them, and what
they break. The record is searched instead of the model, so that numbers, ties and counterexamples are those of one worker
whoever recorded what. Of a state without a row the model itself is asked, which then stands where the search stands.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from typing import Generic, NamedTuple

from runline.explorer.graph import Graph
from runline.explorer.model import Counted, Counts, Followed, Move, added, less


class Seen(NamedTuple):
    """What was seen of a state or a move: the laws broken in it or by it, and what was counted.

    Of a state also whether it is at rest, and the laws that are broken because nothing can happen in it. Where laws of the
    graph are judged, of a move also who made it, and of a state what is still to come in it (``told``).
    """

    broken: int = 0
    counted: Counts = ()
    told: Hashable = None
    at_rest: bool = True
    stuck: int = 0


NOTHING = Seen()


class Rows:
    """Rows in flat arrays.

    They say of which states they are (``owners``) and where the moves lead (``targets``), both by fingerprint, and what
    was seen of the states and of the moves (``states``, ``seen``), by number.
    A row begins with the move at place ``sizes[row] - 1`` and goes down from there; its moves begin at ``starts[row]``.
    """

    def __init__(self) -> None:
        self.owners = array("Q")
        self.sizes = array("I")
        self.starts = array("Q", [0])
        self.targets = array("Q")
        self.states = array("I")
        self.seen = array("I")
        self.kinds: dict[Seen, int] = {NOTHING: 0}
        """What was seen, each with its number."""

    def number_of(self, seen: Seen) -> int:
        """The number of what was seen."""
        return self.kinds.setdefault(seen, len(self.kinds))

    def add(self, owner: int, size: int, state: int, targets: list[int], seen: list[int]) -> int:
        """A row more; its number."""
        self.owners.append(owner)
        self.sizes.append(size)
        self.states.append(state)
        self.targets.extend(targets)
        self.seen.extend(seen)
        self.starts.append(len(self.targets))
        return len(self.sizes) - 1

    def extend(self, other: Rows) -> None:
        """The rows of another after these."""
        number = [self.number_of(kind) for kind in other.kinds]
        begin = len(self.targets)
        self.owners.extend(other.owners)
        self.sizes.extend(other.sizes)
        self.starts.extend(array("Q", [start + begin for start in other.starts[1:]]))
        self.targets.extend(other.targets)
        self.states.extend(array("I", map(number.__getitem__, other.states)))
        self.seen.extend(array("I", map(number.__getitem__, other.seen)))

    def place(self, move: int) -> int:
        """The place of a move, by its place in the record, among those of its state."""
        row = bisect_right(self.starts, move) - 1
        return self.sizes[row] - 1 - (move - self.starts[row])


class Record:
    """The rows of all workers. Of states whose moves were shared out there are several."""

    def __init__(self, recorded: Sequence[tuple[Rows, Rows]]) -> None:
        """Of each worker: rows of states that it came to first, and those that go on with what another began."""
        self.rows = rows = Rows()
        for begun, _ in recorded:
            rows.extend(begun)
        self.states = len(rows.owners)
        """How many states were come to."""
        self._row_of = dict(zip(rows.owners, range(len(rows.owners)), strict=True))
        self._more: dict[int, list[int]] = {}
        for _, continued in recorded:
            begin = len(rows.owners)
            rows.extend(continued)
            for row in range(begin, len(rows.owners)):
                self._more.setdefault(rows.owners[row], []).append(row)
        for more in self._more.values():
            more.sort(key=lambda row: -rows.sizes[row])

    def rows_of(self, fingerprint: int, *, partly: bool = False) -> Sequence[int]:
        """The rows of a state, in the order of their moves; none where it was not recorded, or ``partly`` only."""
        row = self._row_of.get(fingerprint)
        if row is None:
            return ()
        starts, size = self.rows.starts, self.rows.sizes[row]
        if starts[row + 1] - starts[row] == size:
            return (row,)
        found = (row, *self._more.get(fingerprint, ()))
        return found if partly or sum(starts[each + 1] - starts[each] for each in found) == size else ()

    def number(self, first: int, graph: Graph) -> bool:
        """Go through it as a search does; whether that could be done without one: all is there, and no move breaks a law."""
        rows, kinds = self.rows, list(self.rows.kinds)
        whole = len(rows.targets) == sum(rows.sizes[: self.states])
        return whole and not any(kinds[seen].broken for seen in set(rows.seen)) and self._number(first, graph, kinds)

    def _number(self, first: int, graph: Graph, kinds: Sequence[Seen]) -> bool:
        rows, row_of, starts, targets = self.rows, self._row_of.get, self.rows.starts, self.rows.targets
        number, source, target = graph.numbers.number, graph.sources.append, graph.targets.append
        stack: list[tuple[int, Iterator[int]]] = []
        fingerprint, state, states = first, number(first), 1
        while True:
            row = row_of(fingerprint)
            if row is None:
                return False
            if rows.states[row]:
                _note(graph, state, kinds[rows.states[row]])
            if fingerprint in self._more:
                more = reversed(self._more[fingerprint])
                stack += [(state, iter(targets[starts[each] : starts[each + 1]])) for each in more]
            moves = iter(targets[starts[row] : starts[row + 1]])
            reached = 0
            while reached != states:
                for fingerprint in moves:
                    reached = number(fingerprint)
                    source(state)
                    target(reached)
                    if reached == states:
                        break
                else:
                    if not stack:
                        return True
                    state, moves = stack.pop()
            stack.append((state, moves))
            state, states = reached, states + 1

    def put(self, row: int) -> None:
        """A row that was added is that of its state."""
        self._row_of[self.rows.owners[row]] = row


def _note(graph: Graph, state: int, seen: Seen) -> None:
    """Note what is broken in a state."""
    if seen.broken:
        (graph.lasting if seen.at_rest else graph.passing).mark(state, seen.broken)
    if seen.stuck:
        graph.lasting.mark(state, graph.lasting[state] | seen.stuck)


class Recorded(Generic[Move]):
    """A record as a model. What it says of a state holds for the one that was reached last.

    ``deadline``: from when on the model is asked no more; then ``cut`` says that something is missing. ``asked`` counts
    the states of which it was.
    """

    def __init__(
        self,
        model: Counted[Move],
        record: Record,
        deadline: float | None,
        followed: Followed[Move] | None = None,
    ) -> None:
        self.model = model
        self.followed = followed
        self.laws = model.laws
        self.breached = 0
        self.cut = False
        self.asked = 0
        self._record, self._rows, self._deadline = record, record.rows, deadline
        self._targets, self._seen = record.rows.targets, record.rows.seen
        self._kinds = list(record.rows.kinds)
        self._breaks = [kind.broken for kind in self._kinds]
        self._counts = model.counts
        self._here = self.fingerprint = model.fingerprint
        self._found: Sequence[int] = ()
        self._way: list[int] = []
        self._gone = 0
        """How many of the moves on the way the model itself has made."""

    def broken(self) -> int:
        """The laws of states that are broken in the state that was reached last; asked before its moves are."""
        if self.followed is None:
            self._look()
        return self._breaks[self._rows.states[self._found[0]]] if self._found else 0

    def _look(self) -> None:
        self._found = self._record.rows_of(self._here) or self._ask()

    def moves(self) -> list[int]:
        """Its moves, by their places in the record."""
        starts, found = self._rows.starts, self._found
        if len(found) == 1:
            return list(range(starts[found[0] + 1] - 1, starts[found[0]] - 1, -1))
        return [move for row in reversed(found) for move in range(starts[row + 1] - 1, starts[row] - 1, -1)]

    def who(self, move: int) -> Hashable:
        """Who made a move."""
        return self._kinds[self._seen[move]].told

    def mover(self, who: Hashable) -> int:
        """The number of who made it, given in the order of this search."""
        assert self.followed is not None
        return self.followed.mover(who)

    def to_come(self) -> Hashable:
        """What is still to come in the state that was reached last; what is asked first of each, if at all."""
        self._look()
        return self._kinds[self._rows.states[self._found[0]]].told if self._found else ()

    def goals(self, to_come: Hashable) -> int:
        """The number of these goals, given in the order of this search."""
        assert self.followed is not None
        return self.followed.goals(to_come)

    def do(self, move: int) -> int:
        """Go where a move led."""
        self._way.append(move)
        self.breached = self._breaks[self._seen[move]]
        self._here = target = self._targets[move]
        return target

    def undo(self) -> None:
        """Take back the last move."""
        way = self._way
        way.pop()
        if self._gone > len(way):
            self._gone -= 1
            self.model.undo()

    def at_rest(self) -> bool:
        """Whether no operation is under way in it."""
        return self._kinds[self._rows.states[self._found[0]]].at_rest

    def stuck(self) -> int:
        """The laws that are broken because nothing can happen in it."""
        return self._kinds[self._rows.states[self._found[0]]].stuck if self._found else 0

    def _ask(self) -> Sequence[int]:
        """The model itself is asked of the state that was reached last, if there is time."""
        if self.cut or (self._deadline is not None and time.perf_counter() > self._deadline):
            self.cut = True
            return self._record.rows_of(self._here, partly=True)
        self.asked += 1
        for move in self._way[self._gone :]:
            self.model.do(self.model.moves()[self._rows.place(move)])
        self._gone = len(self._way)
        row = expanded(self.model, self.followed, self._here, self._rows)
        for kind in list(self._rows.kinds)[len(self._kinds) :]:
            self._kinds.append(kind)
            self._breaks.append(kind.broken)
        self._record.put(row)
        return (row,)

    def finish(self, graph: Graph, entered: int) -> None:
        """Let the model have counted what a search would have counted that entered so many states, and made these moves."""
        whole = entered == graph.states == self._record.states and not self.cut and not self.asked
        times = Counter(self._rows.states) + Counter(self._rows.seen) if whole else self._times(graph, entered)
        counts = self._counts
        for number, often in times.items():
            if counted := self._kinds[number].counted:
                counts = added(counts, counted, often)
        self.model.counts = counts

    def _times(self, graph: Graph, entered: int) -> Counter[int]:
        """How often each thing was seen, by its number."""
        times: Counter[int] = Counter()
        made, rows = Counter(graph.sources), self._rows
        for state, fingerprint in enumerate(islice(graph.numbers, entered)):
            left, found = made[state], self._record.rows_of(fingerprint, partly=True)
            times.update(rows.states[row] for row in found[:1])
            for row in found:
                start = rows.starts[row]
                end = min(rows.starts[row + 1], start + left)
                left -= end - start
                times.update(rows.seen[start:end])
        return times


def entered(model: Counted[Move], followed: Followed[Move] | None, before: Counts) -> tuple[list[Move], Seen, Counts]:
    """What may be done in the state in which a model is, what is seen of it, and the counts then."""
    told = None if followed is None else followed.to_come()
    broken, moves = model.broken(), model.moves()
    stuck = 0 if moves else model.stuck()
    counts = model.counts
    if not broken and not stuck and told is None and counts == before:
        return moves, NOTHING, counts
    return moves, Seen(broken, less(counts, before), told, model.at_rest() if broken else True, stuck), counts


def expanded(model: Counted[Move], followed: Followed[Move] | None, fingerprint: int, rows: Rows) -> int:
    """Record the state in which a model is; the number of its row."""
    moves, state, counts = entered(model, followed, model.counts)
    size, targets, seen = len(moves), list[int](), list[int]()
    while moves:
        move, before = moves.pop(), counts
        told = None if followed is None else followed.who(move)
        targets.append(model.do(move))
        counts = model.counts
        seen.append(rows.number_of(Seen(model.breached, less(counts, before), told)))
        model.undo()
    return rows.add(fingerprint, size, rows.number_of(state), targets, seen)
