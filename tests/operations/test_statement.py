import pytest

from tieout.operations import Statement


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("select * from orders", ()),
        (
            "select * from orders where paid_at > :last_success and shop = :shop or :shop is null",
            ("last_success", "shop"),
        ),
        ("select ':no', \":no\", total::numeric -- :no\n, at /* :no */ from t where at > :yes", ("yes",)),
        ("select time '10:30:00', x[1:n] from t where a=:a", ("a",)),
        ("s3://bucket:in/orders.csv", ()),
        ("inbox/it''s:no'", ()),
    ],
)
def test_the_parameters_of_a_statement(text, names):
    assert Statement(text).names == names
