-- One row per orders export: the latest time in it, and its place in the order of time.
select
    export,
    latest_at,
    row_number() over (order by latest_at, export) as position
from (
    select
        export,
        max(greatest(
            moment("Created at"), moment("Paid at"), moment("Fulfilled at"), moment("Cancelled at")
        )) as latest_at
    from orders_export
    where "Total" is not null
    group by export
)
