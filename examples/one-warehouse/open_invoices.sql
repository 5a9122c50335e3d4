-- What customers of both companies owe, in one list.
select 'harbor' as company, customer_ref_name as customer, doc_number as number, due_date, balance
from harbor.invoice
where balance > 0 and _deleted_at is null
union all
select 'larch', customer_ref_full_name, ref_number, due_date, balance_remaining
from larch.invoice
where balance_remaining > 0 and _deleted_at is null
order by balance desc
