"""What a transaction says, and what keeps it as it is: closed books, deposits, links, bank matches."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .records import broken_rule
from .refusal import Refusal, grouped, refused


def lines_missing() -> Refusal:
    return refused(2250, "Missing lines", "A transaction of this type has at least one line.", element="Line")


def detail_required(path: str) -> Refusal:
    return refused(
        6440,
        "Transaction Detail Information Required",
        f"Transaction Detail Information Required : {path} is missing in the request",
        element=path,
    )


def quantity_missing() -> Refusal:
    return refused(
        6520,
        "Missing Tracked Inventory Item Quantity",
        "A line with an item whose quantity is tracked needs a Qty.",
        element="Line.Qty",
    )


def amount_is_not_product(amount: Decimal) -> Refusal:
    return refused(
        6070,
        "Amount calculation incorrect in the request.",
        f"Amount is not equal to UnitPrice * Qty. Supplied value:{grouped(amount)}",
        element="Line.Amount",
    )


def discount_incomplete() -> Refusal:
    return refused(
        6090,
        "Discount Line missing required info",
        "A discount line needs an Amount, or PercentBased with DiscountPercent.",
        element="Line.DiscountLineDetail",
    )


def posting_type_missing() -> Refusal:
    path = "Line.JournalEntryLineDetail.PostingType"
    return refused(
        2260, "MissingPostingType", f"Required parameter {path} is missing in the request", element=path
    )


def unbalanced() -> Refusal:
    return refused(
        2300,
        "Amount on debits not equal to credits",
        "The total of the debits must equal the total of the credits.",
    )


def wrong_currency() -> Refusal:
    return broken_rule("The currency of the transaction is invalid for customer / vendor / account.")


def wrong_account_type(path: str, account_type: str) -> Refusal:
    return refused(
        6430,
        "Invalid account type used",
        f"Invalid account type: You need to select a different type of account for this transaction. "
        f"Supplied type:{account_type}",
        element=path,
    )


def duplicate_number(number: str, txn_type: str, txn_id: str) -> Refusal:
    return refused(
        6140,
        "Duplicate Document Number Error",
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        f"DocNumber={number} is assigned to TxnType={txn_type} with TxnId={txn_id}",
    )


def sales_customer_wrong(value: Any) -> Refusal:
    return refused(6250, "InvalidSalesCustomer", f"{value} is not a customer.", element="CustomerRef")


def before_start_date(item: str, day: str) -> Refusal:
    return refused(
        6270,
        "InventoryTxnDatedBeforeItemStartDate",
        f"Transaction date is prior to start date for inventory item : {item} starts on {day}",
        element="TxnDate",
    )


def customer_missing() -> Refusal:
    return refused(6310, "MissingCustomer", "What is billable names a customer.", element="CustomerRef")


def not_billable() -> Refusal:
    return refused(
        6320,
        "InvalidBillable",
        "Billing customers for this is switched off in the company.",
        element="BillableStatus",
    )


def invalid_link(kind: str, value: Any) -> Refusal:
    return refused(
        620, "Transaction ID cannot be linked", f"{kind} {value} cannot be linked", element="LinkedTxn"
    )


def cannot_delete(type_name: str) -> Refusal:
    return refused(800, "Cannot delete object", f"The {type_name} is used by another transaction.")


def books_closed(*, with_password: bool) -> Refusal:
    if with_password:
        return refused(
            6210,
            "Account Period Closed Required Password Error",
            "The account period has closed and needs a password to be changed; "
            "transactions on or before the closing date can be changed in QuickBooks only.",
        )
    return refused(
        6200,
        "Account Period Closed Error",
        "The account period has closed and the account books cannot be updated through the QBO Services API. "
        "Please use the QBO website to make these changes.",
    )


def billed_purchase() -> Refusal:
    return refused(
        6400,
        "Deleting linkedPurchase results in invalid Invoice",
        "An expense on this transaction has been billed to a customer.",
    )


def void_failed() -> Refusal:
    return refused(
        6450, "Attempt to Void Transaction failed", "The transaction is matched to a bank transaction."
    )


def matched() -> Refusal:
    return refused(
        6480,
        "Matched Transaction Delete Error",
        "The transaction is matched to a downloaded bank transaction and cannot be deleted.",
    )


def deposited() -> Refusal:
    return refused(
        6540,
        "Deposited Transaction cannot be changed",
        "This transaction has been deposited. If you want to change or delete it, "
        "you must edit the deposit it appears on and remove it first",
    )
