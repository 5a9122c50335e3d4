-- What the process reads of a shop, for PostgreSQL and SQLite alike.
create table orders (order_no text primary key, paid_at timestamp, invoice_id text);
create table order_lines (
    order_no text references orders, position integer, customer text, sku text, qty integer, price numeric(12, 2),
    primary key (order_no, position)
);
