"""What goods cost: layers of what was received, used up by what was issued.

QuickBooks Online costs first in, first out, by the dates of transactions and not by the order in which they were
written: the first unit issued is the first one received, even where it was sold before it arrived. What has not
arrived yet is costed at the item's PurchaseCost until it does. Desktop costs at the average of what is on hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple

from .ledger import ZERO, Key

Costing = Literal["FIFO", "average"]
_CENT = Decimal("0.01")


class Movement(NamedTuple):
    """Goods that come or go with one line of a transaction."""

    item: str
    day: str
    quantity: Decimal
    """Received; issued is negative."""
    value: Decimal | None
    """What was received is worth; None for what is issued, whose cost is found here."""
    standard: Decimal
    """What a unit is thought to cost where nothing else is known."""


class _Placed(NamedTuple):
    """A movement and where it comes from."""

    movement: Movement
    key: Key
    number: int
    """Which of the record's movements it is."""


class Inventory:
    """All movements, and the cost of every issue."""

    def __init__(self, costing: Costing = "FIFO") -> None:
        self.costing: Costing = costing
        self._of_item: defaultdict[str, list[_Placed]] = defaultdict(list)
        self._of_record: dict[Key, tuple[Movement, ...]] = {}
        self._costs: dict[tuple[Key, int], Decimal] = {}

    def cost(self, key: Key, number: int) -> Decimal:
        """What a record's issue cost, to the cent."""
        return self._costs.get((key, number), ZERO)

    def move(self, key: Key, movements: Iterable[Movement]) -> set[Key]:
        """Replace what a record moves; answers the other records whose costs are new because of it."""
        before, after = self._of_record.get(key, ()), tuple(movements)
        if before == after:
            return set()
        self._replace(key, before, after)
        changed: set[Key] = set()
        for item in {movement.item for movement in (*before, *after)}:
            changed |= self._cost_anew(item)
        return changed - {key}

    def _replace(self, key: Key, before: tuple[Movement, ...], after: tuple[Movement, ...]) -> None:
        for item in {movement.item for movement in before}:
            self._of_item[item] = [placed for placed in self._of_item[item] if placed.key != key]
        for number in range(len(before)):
            self._costs.pop((key, number), None)
        self._of_record[key] = after
        for number, movement in enumerate(after):
            self._of_item[movement.item].append(_Placed(movement, key, number))

    def _cost_anew(self, item: str) -> set[Key]:
        """Walk through an item's movements by date; what was written on the same day keeps its order."""
        walked = sorted(self._of_item[item], key=lambda placed: placed.movement.day)
        costs = _first_in_first_out(walked) if self.costing == "FIFO" else _average(walked)
        changed = set()
        for placed, cost in costs:
            if self._costs.get((placed.key, placed.number)) != cost:
                self._costs[placed.key, placed.number] = cost
                changed.add(placed.key)
        return changed


def _first_in_first_out(walked: list[_Placed]) -> Iterator[tuple[_Placed, Decimal]]:
    layers = ((m.quantity, m.value) for m, _, _ in walked if m.value is not None)
    layer = next(layers, None)
    for placed in walked:
        if placed.movement.value is not None:
            continue
        wanted, cost = -placed.movement.quantity, ZERO
        while wanted and layer:
            taken = min(wanted, layer[0])
            part = _share(layer[1], taken, layer[0])
            layer = (layer[0] - taken, layer[1] - part) if layer[0] > taken else next(layers, None)
            wanted, cost = wanted - taken, cost + part
        yield placed, cost + _cents(wanted * placed.movement.standard)


def _average(walked: list[_Placed]) -> Iterator[tuple[_Placed, Decimal]]:
    on_hand, worth = ZERO, ZERO
    for placed in walked:
        movement = placed.movement
        cost = ZERO
        if movement.value is None:
            wanted = -movement.quantity
            covered = min(wanted, max(on_hand, ZERO))
            cost = _share(worth, covered, on_hand) + _cents((wanted - covered) * movement.standard)
            yield placed, cost
        on_hand += movement.quantity
        worth += (movement.value or ZERO) - cost


def _share(value: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """A part's value; the last part takes what is left, so nothing is lost in rounding."""
    if not part:
        return ZERO
    return value if part == whole else _cents(value * part / whole)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
