-- One row for each person in a register on a reference date: where they were, and whether that is certain. Overlapping
-- deliveries of one date (the municipality's own and the region's) count a person once.
with states as (
    select * from {{ ref('stg_brp__person') }}
    where state = 'resident'
    union all by name
    select * from {{ ref('stg_rni__person') }}
    where state = 'temporary_address' and rni_reason = 'R'
),

open_states as (
    select
        *,
        -- An end is exclusive. A state that may have ended by now is possible, not certain.
        (end_low is null or end_low > reference_date) as is_certain,
        coalesce(pseudonym, a_pseudonym) as person
    from states
    where end_high is null or end_high > reference_date
),

ranked as (
    select
        *,
        row_number() over (
            partition by register, reference_date, person, synthetic
            order by start_high desc, scope = 'NL', scope asc, locator_row asc
        ) as rank
    from open_states
),

nationalities as (
    select
        register,
        reference_date,
        scope,
        delivery_id,
        person,
        area_code,
        is_certain,
        settled_low,
        settled_high,
        synthetic,
        unnest(case when len(nationality_codes) = 0 then ['0000'] else nationality_codes end) as nationality_code
    from ranked
    where rank = 1
),

-- Membership of a union is of a date: Croatia from 1 July 2013, Great Britain until 31 January 2020.
memberships as (
    select
        nationalities.*,
        nationality_group.origin_group,
        coalesce(
            (nationality_group.origin_group in ('moe', 'other_eu') or nationality_group.eu_from is not null)
            and coalesce(nationality_group.eu_from, reference_date) <= reference_date
            and coalesce(nationality_group.eu_until, reference_date) >= reference_date,
            false
        ) as is_member
    from nationalities
    left join {{ ref('nationality_group') }} as nationality_group using (nationality_code)
),

grouped as (
    select
        *,
        case
            when origin_group = 'nl' then 'nl'
            when origin_group = 'moe' and is_member then 'moe'
            when is_member then 'other_eu'
            when origin_group in ('efta', 'ukraine') then origin_group
            when nationality_code in ('0000', '0499') then 'unknown'
            else 'third_country'
        end as base_group
    from memberships
)

-- Of several nationalities the first of this order counts: Dutch, then the freest right to work here.
select
    register, reference_date, scope, delivery_id, person, area_code, is_certain, settled_low, settled_high, synthetic,
    arg_min(base_group, list_position(
        ['nl', 'moe', 'other_eu', 'efta', 'ukraine', 'third_country', 'unknown'], base_group
    )) as base_group
from grouped
group by all
