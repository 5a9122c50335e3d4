"""QuickBooks' refusals: code, message and detail as the service words them.

A rule raises one of these; the doors turn it into a Fault, alone or in the place of one batch item.
Texts that nobody has published are put together from Intuit's table of error codes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ...protocols.rest_faults import Fault, FaultError

OTHER_USER = "Robin Hale"
"""Whom QuickBooks names as the one who finished first."""


class Refusal(Exception):
    """QuickBooks does not do what was asked."""

    def __init__(self, fault: Fault, *, status: int = 400) -> None:
        super().__init__(f"{fault.errors[0].code} {fault.errors[0].detail}")
        self.fault = fault
        self.status = status
        """Of the HTTP answer; some faults come with 200."""


def refused(
    code: int,
    message: str,
    detail: str,
    *,
    element: str = "",
    type_: str = "ValidationFault",
    status: int = 400,
) -> Refusal:
    """A refusal with a single error."""
    error = FaultError(message=message, detail=detail, code=str(code), element=element)
    return Refusal(Fault(type=type_, errors=(error,)), status=status)


def unsupported(operation: str) -> Refusal:
    return refused(
        500, "Unsupported Operation", f"Operation {operation} is not supported.", element="Operation"
    )


def not_implemented() -> Refusal:
    """What voiding a Bill gets: a system fault inside HTTP 200."""
    return refused(
        10000,
        "An application error has occurred while processing your request",
        "System Failure Error: java.lang.UnsupportedOperationException",
        element="SystemFailureError",
        type_="SystemFault",
        status=200,
    )


def not_found() -> Refusal:
    """No such record, or a reference to an inactive one: QuickBooks words them alike."""
    return refused(
        610,
        "Object Not Found",
        "Object Not Found : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees.",
    )


def unknown_property(path: str) -> Refusal:
    return refused(
        2010,
        "Request has invalid or unsupported property",
        "Property Name:failed to parse json object; a property specified is unsupported or invalid",
        element=path,
    )


def missing(name: str) -> Refusal:
    return refused(
        2020,
        "Required param missing, need to supply the required value for the API",
        f"Required parameter {name} is missing in the request",
        element=name,
    )


def invalid_id(value: Any) -> Refusal:
    return refused(2030, "Invalid ID", f"Id should be a valid number. Supplied value:{value}", element="Id")


def invalid_name(element: str) -> Refusal:
    return refused(
        2040,
        "Invalid String",
        "Names must have at least one character, must be on one line, and cannot include colons or tabbing.",
        element=element,
    )


def invalid_characters(element: str) -> Refusal:
    return refused(
        2040,
        "Invalid String",
        "The text holds characters outside of ISO-8859-1, which this company does not support.",
        element=element,
    )


def invalid_text(element: str) -> Refusal:
    return refused(2040, "Invalid String", "The text holds half a character.", element=element)


def wrong_length(element: str, length: int, supplied: int) -> Refusal:
    return refused(
        2050,
        "String length is either shorter or longer than supported by specification",
        "String length specified does not match the supported length. "
        f"Min:0 Max:{length:,} supported. Supplied length:{supplied:,}",
        element=element,
    )


def invalid_date(path: str, value: Any) -> Refusal:
    return refused(2060, "Invalid Date Format", f"Invalid Date Format : {value}", element=path)


def no_such_date(path: str, value: Any) -> Refusal:
    return refused(2070, "Invalid Date", f"Invalid Date : {value}", element=path)


def wrong_date_range(path: str, reason: str) -> Refusal:
    return refused(2190, "Invalid Date Range", reason, element=path)


def invalid_number_format(path: str, value: Any) -> Refusal:
    return refused(2080, "Invalid Number Format", f"Invalid Number Format : {value}", element=path)


def invalid_number(path: str, value: Any) -> Refusal:
    return refused(2090, "Invalid Number", f"Invalid Number : {value}", element=path)


def invalid_decimal_format(path: str, value: Any) -> Refusal:
    return refused(2100, "Invalid Decimal Format", f"Invalid Decimal Format : {value}", element=path)


def invalid_decimal(path: str, value: Any) -> Refusal:
    return refused(2110, "Invalid Decimal", f"Invalid Decimal : {value}", element=path)


def invalid_type(path: str, value: Any) -> Refusal:
    return refused(2120, "Invalid Type", f"Invalid Type : {value}", element=path)


def invalid_amount(path: str, value: Any) -> Refusal:
    return refused(2140, "Invalid Amount", f"Invalid Amount : {value}", element=path)


def invalid_quantity(path: str, value: Any) -> Refusal:
    return refused(2160, "Invalid Quantity", f"Invalid Quantity : {value}", element=path)


def invalid_website(path: str, value: Any) -> Refusal:
    return refused(
        2200, "Malformed Website Address Format", f"Malformed Website Address : {value}", element=path
    )


def invalid_email(path: str, value: Any) -> Refusal:
    return refused(
        2210,
        "Invalid Email Address Format",
        f"Email Address does not conform to the syntax rules of RFC 822. Supplied value:{value}",
        element=path,
    )


def invalid_currency(value: Any) -> Refusal:
    return refused(2220, "Invalid Currency Type", f"Invalid Currency Type : {value}", element="CurrencyRef")


def number_out_of_range(path: str, value: Any) -> Refusal:
    return refused(2240, "Invalid Number Range", f"Invalid Number Range : {value}", element=path)


def lines_missing() -> Refusal:
    return refused(2250, "Missing lines", "A transaction of this type has at least one line.", element="Line")


def posting_type_missing() -> Refusal:
    path = "Line.JournalEntryLineDetail.PostingType"
    return refused(
        2260, "MissingPostingType", f"Required parameter {path} is missing in the request", element=path
    )


def tax_side_missing() -> Refusal:
    path = "Line.JournalEntryLineDetail.TaxApplicableOn"
    return refused(
        2270, "MissingTaxApplicableOn", f"Required parameter {path} is missing in the request", element=path
    )


def tax_amount_missing() -> Refusal:
    path = "Line.JournalEntryLineDetail.TaxAmount"
    return refused(
        2280, "MissingTaxAmount", f"Required parameter {path} is missing in the request", element=path
    )


def conflicting(first: str, second: str) -> Refusal:
    return refused(
        2600,
        "Invalid Request Conflict Element in Request",
        f"Only one of {first} and {second} may be given.",
        element=second,
    )


def custom_field_unknown(definition: Any) -> Refusal:
    return refused(
        3000,
        "Invalid Custom Field",
        f"Invalid custom field DefinitionId : {definition}",
        element="CustomField",
    )


def invalid_boolean(path: str, value: Any) -> Refusal:
    return refused(2230, "Invalid Boolean", f"Invalid Boolean : {value}", element=path)


def invalid_enumeration(path: str, value: Any) -> Refusal:
    return refused(2170, "Invalid Enumeration", f"Invalid Enumeration : {value}", element=path)


def negative_amount(path: str) -> Refusal:
    return refused(2290, "NegativeAmount", f"Amount must not be negative : {path}", element=path)


def unbalanced() -> Refusal:
    return refused(
        2300,
        "Amount on debits not equal to credits",
        "The total of the debits must equal the total of the credits.",
    )


def invalid_reference(table: str, value: Any) -> Refusal:
    return refused(
        2500, "Invalid Reference Id", f"Invalid Reference Id : {table} element id {value} not found"
    )


def invalid_link(kind: str, value: Any) -> Refusal:
    return refused(
        620, "Transaction ID cannot be linked", f"{kind} {value} cannot be linked", element="LinkedTxn"
    )


def duplicate_object(what: str) -> Refusal:
    return refused(630, "Duplicate Object", f"{what} is there already.")


def wrong_parent(value: Any) -> Refusal:
    return refused(700, "Parent Reference Invalid", f"{value} cannot be a parent here.", element="ParentRef")


def cannot_delete(type_name: str) -> Refusal:
    return refused(800, "Cannot delete object", f"The {type_name} is used by another transaction.")


def parent_is_child() -> Refusal:
    return refused(900, "Parent cannot be child", "A record cannot be below itself.", element="ParentRef")


def attachable_target(kind: str) -> Refusal:
    return refused(
        6050,
        "The entity reference type is unsupported for Attachable",
        f"Nothing can be attached to a {kind}.",
        element="AttachableRef.EntityRef",
    )


def stale() -> Refusal:
    return refused(
        5010,
        "Stale Object Error",
        f"Stale Object Error : You and {OTHER_USER} were working on this at the same time. "
        f"{OTHER_USER} finished before you did, so your work was not saved.",
    )


def not_in_this_size(feature: str) -> Refusal:
    return refused(
        5020,
        "Permission Denied Error",
        f"Permission Denied Error : {feature} is not part of this company's subscription.",
    )


def feature_off(feature: str) -> Refusal:
    return refused(
        5030,
        "Feature Not Supported Error",
        f"Feature Not Supported Error : {feature} is not supported or is switched off in this company.",
    )


def wrong_currency() -> Refusal:
    return broken_rule("The currency of the transaction is invalid for customer / vendor / account.")


def broken_rule(text: str, *, element: str = "") -> Refusal:
    return refused(
        6000,
        "A business validation error has occurred while processing your request",
        f"Business Validation Error: {text}",
        element=element,
    )


def account_type_unknown() -> Refusal:
    return refused(
        6010,
        "Invalid Account.AccountType && Account.SubType",
        "Invalid Enumeration : Invalid Account.AccountType && Account.SubType",
    )


def opening_date_missing() -> Refusal:
    return refused(
        6060,
        "Account.OpenBalanceDate must be specified with Account.OpenBalance",
        "Required parameter Account.OpenBalanceDate is missing in the request",
        element="OpeningBalanceDate",
    )


def amount_is_not_product(amount: Decimal) -> Refusal:
    return refused(
        6070,
        "Amount calculation incorrect in the request.",
        f"Amount is not equal to UnitPrice * Qty. Supplied value:{_grouped(amount)}",
        element="Line.Amount",
    )


def no_name() -> Refusal:
    return refused(
        6080, "No name provided", "At least one of the name fields must be supplied.", element="DisplayName"
    )


def discount_incomplete() -> Refusal:
    return refused(
        6090,
        "Discount Line missing required info",
        "A discount line needs an Amount, or PercentBased with DiscountPercent.",
        element="Line.DiscountLineDetail",
    )


def wrong_tax_code(code: str) -> Refusal:
    return refused(
        6100,
        "Invalid Line TaxCode in the request",
        f"Invalid Line TaxCode in the request : {code} is no tax code of a line in this company.",
        element="Line.TaxCodeRef",
    )


def invalid_tax_code(code: int, value: Any, path: str) -> Refusal:
    """6160 for a transaction's code, 6230 for what a list record is usually taxed with: Intuit words them alike."""
    return refused(
        code,
        "Invalid TaxCodeRef Error",
        f"Invalid TaxCodeRef in the request : {value}",
        element=path,
    )


def customer_in_use() -> Refusal:
    return refused(
        6130,
        "Cannot change who customer bills with",
        "Who a customer is billed with cannot be changed while there is a balance.",
        element="BillWithParent",
    )


def parent_missing(flag: str) -> Refusal:
    return refused(
        6150,
        "ParentRef Required Validation Error",
        f"ParentRef is required where {flag} is true.",
        element="ParentRef",
    )


def not_subscribed() -> Refusal:
    return refused(
        6190,
        "Invalid Company Status Error",
        "Subscription period has ended or canceled or there was a billing problem : "
        "You can't add data to QuickBooks Online because your trial or subscription period ended, "
        "you canceled your subscription, or there was a billing problem.",
    )


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


def sales_customer_wrong(value: Any) -> Refusal:
    return refused(6250, "InvalidSalesCustomer", f"{value} is not a customer.", element="CustomerRef")


def before_start_date(item: str, day: str) -> Refusal:
    return refused(
        6270,
        "InventoryTxnDatedBeforeItemStartDate",
        f"Transaction date is prior to start date for inventory item : {item} starts on {day}",
        element="TxnDate",
    )


def has_unbilled_expenses() -> Refusal:
    return refused(
        6280,
        "Delete Customer Has Unbilled Expenses Error",
        "A customer with billable expenses or time that was not billed cannot be made inactive.",
    )


def not_employee_or_vendor(value: Any, path: str) -> Refusal:
    return refused(
        6290, "InvalidEmployeeOrVendor", f"{value} is not an employee or vendor of that list.", element=path
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


def wrong_time(code: int, message: str, reason: str) -> Refusal:
    """6300 to 6390: what is wrong with a record of time."""
    return refused(code, message, reason)


def billed_purchase() -> Refusal:
    return refused(
        6400,
        "Deleting linkedPurchase results in invalid Invoice",
        "An expense on this transaction has been billed to a customer.",
    )


def wrong_account_type(path: str, account_type: str) -> Refusal:
    return refused(
        6430,
        "Invalid account type used",
        f"Invalid account type: You need to select a different type of account for this transaction. "
        f"Supplied type:{account_type}",
        element=path,
    )


def void_failed() -> Refusal:
    return refused(
        6450, "Attempt to Void Transaction failed", "The transaction is matched to a bank transaction."
    )


def tax_rate_wrong(value: Any) -> Refusal:
    return refused(
        6470,
        "TaxLiabilityAccount or TaxRateError",
        f"A tax rate is a percentage from 0 to 100. Supplied value:{value}",
        element="RateValue",
    )


def matched() -> Refusal:
    return refused(
        6480,
        "Matched Transaction Delete Error",
        "The transaction is matched to a downloaded bank transaction and cannot be deleted.",
    )


def budget_lists() -> Refusal:
    return refused(
        6490,
        "MultipleBudgetSecondaryListTypes",
        "A budget is divided by customers, by classes or by departments.",
        element="BudgetDetail",
    )


def budget_account(name: str) -> Refusal:
    return refused(
        6510,
        "BudgetAccountMismatch",
        f"{name} does not belong into a budget of this type.",
        element="BudgetDetail.AccountRef",
    )


def raw_card_number(path: str) -> Refusal:
    return refused(
        6530,
        "Found raw Credit Card Numbering request",
        "Card numbers must be masked.",
        element=path,
    )


def wrong_tax_detail(reason: str) -> Refusal:
    return refused(
        6170,
        "Invalid TxnTaxDetail Error",
        f"Invalid TxnTaxDetail in the request : {reason}",
        element="TxnTaxDetail",
    )


def tax_does_not_fit(amount: Decimal) -> Refusal:
    return refused(
        6070,
        "Amount calculation incorrect in the request.",
        f"TaxInclusiveAmt is not equal to Amount plus tax. Supplied value:{_grouped(amount)}",
        element="Line.TaxInclusiveAmt",
    )


def no_tax_rate(country: str) -> Refusal:
    tax = {"GB": "VAT", "CA": "sales tax"}.get(country, "GST")
    return broken_rule(f"Make sure all your transactions have a {tax} rate before you save.")


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


def invalid_percent(path: str, value: Any) -> Refusal:
    return refused(2150, "Invalid Percent", f"Invalid Percent : {value}", element=path)


def too_deep() -> Refusal:
    return refused(
        6180, "Sub Level Limit", "You can only have up to five levels of sub-records.", element="ParentRef"
    )


def has_balance() -> Refusal:
    return refused(
        6220,
        "Delete Entity Has Balance Error",
        "A record with a balance other than zero cannot be made inactive.",
    )


def duplicate_number(number: str, txn_type: str, txn_id: str) -> Refusal:
    return refused(
        6140,
        "Duplicate Document Number Error",
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        f"DocNumber={number} is assigned to TxnType={txn_type} with TxnId={txn_id}",
    )


def duplicate_name(who: str, other_id: str) -> Refusal:
    return refused(
        6240,
        "Duplicate Name Exists Error",
        f"The name supplied already exists. : Another {who} is already using this name. "
        f"Please use a different name. Id={other_id}",
    )


def deposited() -> Refusal:
    return refused(
        6540,
        "Deposited Transaction cannot be changed",
        "This transaction has been deposited. If you want to change or delete it, "
        "you must edit the deposit it appears on and remove it first",
    )


def nothing_attached() -> Refusal:
    return refused(
        6000,
        "A business validation error has occurred while processing your request",
        "You must have at least a note string or file attachment",
    )


def missing_time() -> Refusal:
    return refused(6350, "MissingTime", "Hours and Minutes, or StartTime and EndTime, must be supplied.")


def missing_budget_details() -> Refusal:
    return refused(
        6500, "MissingBudgetDetails", "BudgetDetail must have at least one entry.", element="BudgetDetail"
    )


def query_syntax(detail: str) -> Refusal:
    return refused(4000, "Error parsing query", detail)


def query_invalid(detail: str) -> Refusal:
    return refused(4001, "Invalid query", detail)


def no_change_data(type_name: str) -> Refusal:
    return refused(
        2000,
        "Invalid or unsupported object name",
        f"{type_name} is not supported by change data capture.",
        element=type_name,
    )


def too_long_ago() -> Refusal:
    return refused(
        2190, "Invalid Date Range", "changedSince must be within the last 30 days.", element="changedSince"
    )


def _grouped(amount: Decimal) -> str:
    """A number as Java's default format writes it: `1,000`, `1,234.5`."""
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
