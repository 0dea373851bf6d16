-- The one group of origin that counts for each combination of nationalities on each date that is counted.
with combinations as (
    select distinct nationalities from {{ ref('stg_brp__person') }}
    union
    select distinct nationalities from {{ ref('stg_rni__person') }}
),

dates as (
    select distinct counted_on from {{ ref('int_register__evidence') }}
),

nationalities as (
    select
        combinations.nationalities, dates.counted_on,
        unnest(string_split(case when nationalities = '' then '0000' else nationalities end, ' ')) as nationality_code
    from combinations
    cross join dates
),

-- Membership of a union is of a date: Croatia from 1 July 2013, Great Britain until 31 January 2020.
memberships as (
    select
        nationalities.*,
        nationality_group.origin_group,
        coalesce(
            (nationality_group.origin_group in ('moe', 'other_eu') or nationality_group.eu_from is not null)
            and coalesce(nationality_group.eu_from, counted_on) <= counted_on
            and coalesce(nationality_group.eu_until, counted_on) >= counted_on,
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
    nationalities, counted_on,
    arg_min(base_group, list_position(
        ['nl', 'moe', 'other_eu', 'efta', 'ukraine', 'third_country', 'unknown'], base_group
    )) as base_group
from grouped
group by nationalities, counted_on
