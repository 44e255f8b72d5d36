with

starts as (
    select
        sum(start_count * conversion_probability) as expected_count,
        sum(start_count) as path_count
    from {{ ref('int_campaigns__removal_effects') }}
),

conversions as (
    select coalesce(sum(step_count), 0) as observed_count
    from {{ ref('int_campaigns__transitions') }}
    where next_key = '(conversion)'
)

select
    starts.expected_count,
    conversions.observed_count,
    starts.path_count
from starts
cross join conversions
where abs(starts.expected_count - conversions.observed_count) > 0.0001 * starts.path_count
