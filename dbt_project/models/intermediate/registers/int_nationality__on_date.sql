-- The one group of origin of each nationality on each date that figures are of. Membership of a union is of a date:
-- Croatia from 1 July 2013, Great Britain until 31 January 2020.
with dates as (
    select counted_on as on_date from {{ ref('int_register__evidence') }}
    union
    select period_start as on_date from {{ ref('int_observations__unioned') }}
    where nationality not in ('all', 'unknown')
),

memberships as (
    select
        nationality.nationality_code, dates.on_date, nationality_group.origin_group,
        coalesce(
            (nationality_group.origin_group in ('moe', 'other_eu') or nationality_group.eu_from is not null)
            and coalesce(nationality_group.eu_from, dates.on_date) <= dates.on_date
            and coalesce(nationality_group.eu_until, dates.on_date) >= dates.on_date,
            false
        ) as is_member
    from {{ ref('nationality') }} as nationality
    cross join dates
    left join {{ ref('nationality_group') }} as nationality_group using (nationality_code)
)

select
    nationality_code, on_date,
    case
        when origin_group = 'nl' then 'nl'
        when origin_group = 'moe' and is_member then 'moe'
        when is_member then 'other_eu'
        when origin_group in ('efta', 'ukraine') then origin_group
        when nationality_code in ('0000', '0499') then 'unknown'
        else 'third_country'
    end as base_group
from memberships
