-- Each case once, as the newest snapshot that still showed it tells it: what that snapshot no longer says of it lapsed.
-- The register withdraws cases after three years; a case that is gone from its own series of snapshots is withdrawn.
with cases as (
    select
        *,
        max(reference_date) over (partition by record_key, synthetic) as last_shown,
        max(reference_date) over (partition by scope, synthetic) as newest_snapshot
    from {{ ref('int_observations__unioned') }}
    where universe = 'inspectorate_public_register'
)

select
    * exclude (last_shown, newest_snapshot),
    last_shown < newest_snapshot as is_withdrawn
from cases
where reference_date = last_shown
qualify row_number() over (
    partition by record_key, measure, law, synthetic
    order by scope = 'NL' desc, delivery_id, locator_row asc
) = 1
