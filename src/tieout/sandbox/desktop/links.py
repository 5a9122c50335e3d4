"""What transactions have to do with each other: who settles whom, what lies in which deposit, what fulfils which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from .records import ZERO, Key


@dataclass(frozen=True, slots=True)
class Applied:
    """A part of a source, used for a target."""

    amount: Decimal
    discount: Decimal = ZERO

    @property
    def whole(self) -> Decimal:
        """What the target owes less."""
        return self.amount + self.discount


class Links:
    """All of them, from both sides."""

    def __init__(self) -> None:
        self._applied: defaultdict[Key, dict[Key, Applied]] = defaultdict(dict)
        """By source: a payment's targets, or a credit's."""
        self._sources: defaultdict[Key, dict[Key, None]] = defaultdict(dict)
        self.deposits: dict[Key, Key] = {}
        """The deposit that a payment lies in."""
        self._fulfilled: dict[Key, dict[tuple[Key, str], Decimal]] = {}
        """By invoice or bill, how much of which order's lines it fulfils."""

    # ---- settlement

    def apply(self, source: Key, target: Key, part: Applied) -> None:
        """Say what a source is used for; nothing takes the link away."""
        if part.whole:
            self._applied[source][target] = part
            self._sources[target][source] = None
        else:
            self._applied[source].pop(target, None)
            self._sources[target].pop(source, None)

    def targets_of(self, source: Key) -> dict[Key, Applied]:
        return dict(self._applied.get(source, {}))

    def sources_of(self, target: Key) -> dict[Key, Applied]:
        return {source: self._applied[source][target] for source in self._sources.get(target, ())}

    def used(self, source: Key) -> Decimal:
        """How much of a payment or credit has gone somewhere."""
        return sum((part.amount for part in self._applied.get(source, {}).values()), ZERO)

    def settled(self, target: Key) -> Decimal:
        """How much of an invoice, bill or credit is settled by others."""
        return sum((part.whole for part in self.sources_of(target).values()), ZERO)

    # ---- orders

    def fulfil(self, source: Key, lines: dict[tuple[Key, str], Decimal]) -> None:
        """Say how much of which order's lines an invoice or bill is."""
        self._fulfilled.pop(source, None)
        if lines:
            self._fulfilled[source] = lines

    def fulfilled(self, order: Key, line_id: str, but: Key | None = None) -> Decimal:
        """How much of an order's line others are."""
        return sum(
            (lines.get((order, line_id), ZERO) for key, lines in self._fulfilled.items() if key != but), ZERO
        )

    def orders_of(self, source: Key) -> Iterator[Key]:
        yield from dict.fromkeys(order for order, _ in self._fulfilled.get(source, ()))

    def fulfilled_by(self, order: Key) -> Iterator[Key]:
        yield from (key for key, lines in self._fulfilled.items() if any(each == order for each, _ in lines))

    # ---- both

    def forget(self, key: Key) -> None:
        """A transaction that is deleted or void settles nothing, and nothing settles it."""
        for target in list(self._applied.get(key, ())):
            self.apply(key, target, Applied(ZERO))
        for source in list(self._sources.get(key, ())):
            self.apply(source, key, Applied(ZERO))
        self._fulfilled.pop(key, None)
        for lines in self._fulfilled.values():
            for each in [each for each in lines if each[0] == key]:
                del lines[each]
        self.leave_deposit(key)

    def put_into(self, deposit: Key, payments: list[Key]) -> None:
        """Say what a deposit holds."""
        self.leave_deposit(deposit)
        self.deposits |= dict.fromkeys(payments, deposit)

    def leave_deposit(self, deposit: Key) -> None:
        self.deposits = {payment: each for payment, each in self.deposits.items() if each != deposit}
