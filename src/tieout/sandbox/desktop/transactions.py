"""How transactions are written: taken in, priced, posted, and linked with others; or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ...catalog.qbxml.rets import Ret
from . import refusals
from .currencies import take_currency_of_transaction
from .defaults import fill_in_defaults
from .deposits import payments_in, take_deposit
from .exchange import settled_with
from .intake import Intake
from .line_amounts import without_given
from .orders import bring_in, fulfilled_by
from .records import Key, Record, id_of
from .serial_and_lot_numbers import refuse_untracked, take_numbers
from .settling import (
    PAYMENTS,
    Credit,
    credits_of,
    fit,
    is_money,
    let_go,
    link,
    set_credit,
    take_check,
    take_payment,
    take_refund,
)
from .stock_changes import as_transferred, take_adjustment, take_build
from .totals import fill_in, total_of

if TYPE_CHECKING:
    from .company import DesktopCompany

VOID = "VOID: "
_ZEROED = frozenset(
    (
        "Amount", "AmountDue", "CreditAmount", "DepositTotal", "QuantityDifference", "SalesTaxTotal", "Subtotal",
        "Tax1Total", "Tax2Total", "TaxAmount", "TotalAmount", "ValueDifference",
    )
)  # fmt: skip


def write(
    company: DesktopCompany, ret: Ret, content: Mapping[str, Any], before: Record | None
) -> Record | None:
    """An Add or, with what was there before, a Mod. Nothing for a payment that only sets to_set."""
    kind = ret.kind.name
    _refuse_what_is_not_made(content)
    refuse_untracked(company, content)
    if kind == "TransferInventory":
        content = as_transferred(content)
    intake = Intake(ret, company.find, company.new_number, is_mod=before is not None)
    record: Record = deepcopy(before) if before else {}
    record |= intake.fields(content, record)
    key = kind, str(before["TxnID"]) if before else company.new_id(ret)
    record["TxnID"] = key[1]
    take_currency_of_transaction(company, kind, record, content, before)
    if before is None:
        fill_in_defaults(company, kind, record, ret.fields)
        bring_in(company, kind, record, content)
    to_set = _take(company, intake, key, record, content, ret.fields)
    record = {name: value for name, value in record.items() if value is not None}
    without_given(record)
    take_numbers(company, key, record)
    if before is not None and key in company.books.links.deposits:
        _refuse_other_money(kind, before, record)
    if before is None and kind in PAYMENTS and not is_money(record):
        for each in to_set:
            set_credit(company, each)
        return None
    if before is None:
        record["TimeCreated"] = company.stamp()
        if "TxnNumber" in ret.fields:
            record["TxnNumber"] = company.next_transaction()
    _keep(company, key, record, to_set)
    return record


def _take(
    company: DesktopCompany,
    intake: Intake,
    key: Key,
    record: Record,
    content: Mapping[str, Any],
    fields: frozenset[str],
) -> list[Credit]:
    """What is special about the type; Refused where a rule is broken."""
    kind = key[0]
    if kind == "InventoryAdjustment":
        take_adjustment(company, record)
    elif kind == "BuildAssembly":
        take_build(company, record, content)
    elif kind == "Deposit":
        take_deposit(company, key, record, content)
    elif kind == "ARRefundCreditCard":
        take_refund(company, record, content)
    elif kind == "Check":
        take_check(company, key, record)
    if kind in PAYMENTS:
        return take_payment(company, intake, key, record, content)
    fill_in(company, kind, record, content, fields)
    return credits_of(company, key, record, content) if kind == "Invoice" else []


def _keep(company: DesktopCompany, key: Key, record: Record, to_set: list[Credit]) -> None:
    """Post first: where an entry cannot be made, the record is not kept either."""
    links = company.books.links
    settled, together = links.targets_of(key), settled_with(company, key)
    company.books.post(company, key, record)
    company.records.setdefault(key[0], {})[key[1]] = record
    link(company, key, record)
    links.fulfil(key, fulfilled_by(key[0], record))
    if key[0] == "Deposit":
        links.put_into(key, payments_in(record))
    company.touch(key)
    for each in to_set:
        set_credit(company, each)
    fit(company, key)
    company.books.post_settled(company, together | settled_with(company, key))
    now = links.targets_of(key)
    for target in {*settled, *now}:
        if settled.get(target) != now.get(target):
            company.touch_linked(target)


def delete(company: DesktopCompany, key: Key) -> None:
    """Take a transaction out of books and records."""
    together = settled_with(company, key) - {key}
    let_go(company, key)
    company.books.post_settled(company, together)
    company.books.unpost(company, key)
    del company.records[key[0]][key[1]]


def void(company: DesktopCompany, key: Key) -> Record:
    """Keep a transaction with all its amounts at zero; a second time changes nothing."""
    before = company.records[key[0]][key[1]]
    if str(before.get("Memo", "")).startswith(VOID.strip()):
        return before
    together = settled_with(company, key) - {key}
    let_go(company, key)
    company.books.post_settled(company, together)
    record = deepcopy(before)
    _zero(record)
    for name in ("AppliedToTxnRet", "RefundAppliedToTxnRet", "ApplyCheckToTxn"):
        record.pop(name, None)
    record["Memo"] = f"{VOID}{before.get('Memo', '')}".strip()
    _keep(company, key, record, [])
    return record


def _refuse_other_money(kind: str, before: Record, record: Record) -> None:
    """What lies in a deposit stays the same amount in the same place."""
    place = "DepositToAccountRef"
    if total_of(kind, before) != total_of(kind, record) or id_of(before[place]) != id_of(record.get(place)):
        raise refusals.in_a_deposit(kind)


def _zero(part: Record) -> None:
    for name, value in part.items():
        if isinstance(value, Decimal) and name in _ZEROED:
            part[name] = Decimal("0.00")
        elif isinstance(value, Decimal) and name.startswith("Quantity"):
            part[name] = Decimal(0)
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, dict):
                _zero(each)


def _refuse_what_is_not_made(content: Mapping[str, Any]) -> None:
    """Better refused than taken and reckoned wrongly."""
    if content.get("IsTaxIncluded") or content.get("AmountIncludesVAT"):
        raise refusals.not_made("amounts that include their tax")
    for name in ("DiscountLineAdd", "SalesTaxLineAdd", "ShippingLineAdd"):
        if name in content:
            raise refusals.unavailable()
