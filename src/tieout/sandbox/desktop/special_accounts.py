"""Accounts that QuickBooks posts to by itself, and makes when it first needs them."""

from __future__ import annotations

from collections.abc import Mapping

SPECIAL_ACCOUNTS: Mapping[str, tuple[str, str]] = {
    "AccountsPayable": ("Accounts Payable", "AccountsPayable"),
    "AccountsReceivable": ("Accounts Receivable", "AccountsReceivable"),
    "CostOfGoodsSold": ("Cost of Goods Sold", "CostOfGoodsSold"),
    "Estimates": ("Estimates", "NonPosting"),
    "ExchangeGainLoss": ("Exchange Gain or Loss", "OtherExpense"),
    "InventoryAssets": ("Inventory Asset", "OtherCurrentAsset"),
    "ItemReceiptAccount": ("Inventory Offset", "OtherCurrentLiability"),
    "OpeningBalanceEquity": ("Opening Balance Equity", "Equity"),
    "PayrollExpenses": ("Payroll Expenses", "Expense"),
    "PayrollLiabilities": ("Payroll Liabilities", "OtherCurrentLiability"),
    "PettyCash": ("Petty Cash", "Bank"),
    "PurchaseOrders": ("Purchase Orders", "NonPosting"),
    "ReconciliationDifferences": ("Reconciliation Discrepancies", "Expense"),
    "RetainedEarnings": ("Retained Earnings", "Equity"),
    "SalesOrders": ("Sales Orders", "NonPosting"),
    "SalesTaxPayable": ("Sales Tax Payable", "OtherCurrentLiability"),
    "UncategorizedExpenses": ("Uncategorized Expenses", "Expense"),
    "UncategorizedIncome": ("Uncategorized Income", "Income"),
    "UndepositedFunds": ("Undeposited Funds", "OtherCurrentAsset"),
}
"""By SpecialAccountType: name and AccountType."""

AT_FIRST = (
    "AccountsReceivable", "UndepositedFunds", "InventoryAssets", "AccountsPayable", "SalesTaxPayable",
    "OpeningBalanceEquity", "RetainedEarnings", "UncategorizedIncome", "CostOfGoodsSold", "UncategorizedExpenses",
    "Estimates", "PurchaseOrders", "SalesOrders",
)  # fmt: skip
"""Those that every file of the sandbox has."""

DEBIT_TYPES = frozenset(
    (
        "AccountsReceivable", "Bank", "CostOfGoodsSold", "Expense", "FixedAsset", "OtherAsset", "OtherCurrentAsset",
        "OtherExpense",
    )
)  # fmt: skip
"""Types whose balance is told as debits less credits."""

RESULT_TYPES = frozenset(("CostOfGoodsSold", "Expense", "Income", "OtherExpense", "OtherIncome"))
"""Types of the profit and loss, whose accounts show no balance in the list."""
