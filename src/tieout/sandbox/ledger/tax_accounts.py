"""The account that tax is owed on: one of its own in the United States, one control account elsewhere."""

from __future__ import annotations

from ..company.books import Books


def tax_account(books: Books) -> str:
    """The id of the account that tax on sales is credited to and tax on purchases debited."""
    return str(books.account("SalesTaxPayable" if books.country == "US" else "GlobalTaxPayable")["Id"])
