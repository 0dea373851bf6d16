-- Each case once, as the newest snapshot that still showed it tells it: what that snapshot no longer says of it lapsed.
-- The register withdraws cases after three years: a case that is gone from its own series of snapshots was withdrawn by
-- the day of the first one without it.
with cases as (
    select *, max(reference_date) over (partition by record_key, synthetic) as last_shown
    from {{ ref('int_observations__unioned') }}
    where universe = 'inspectorate_public_register'
),

snapshots as (
    select *, lead(reference_date) over (partition by scope, synthetic order by reference_date) as next_one
    from (select distinct scope, synthetic, reference_date from cases) as taken
)

select cases.* exclude (last_shown), snapshots.next_one as withdrawn_on
from cases
inner join snapshots using (scope, synthetic, reference_date)
where cases.reference_date = cases.last_shown
-- All that one row of the source says, and nothing of another.
qualify dense_rank() over (
    partition by record_key, law, synthetic
    order by scope = 'NL' desc, delivery_id asc, locator_file asc, locator_row asc
) = 1
