-- A cell of the registers that two deliveries give, at least one of them another installation's: what was counted of
-- the same municipality and date must be the same.
with counts as (
    select *, persons as value, persons_low as low, persons_high as high
    from {{ ref('int_registered__municipal') }}
    where area_code <> 'unknown'
)

select
    'exchanged_vs_own' as check_name,
    -- An unknown group and an unknown length of stay are two cells.
    concat_ws(
        ', ', one.register, nullif(one.origin_group, 'all'),
        case one.stay_band when 'all' then null when 'unknown' then 'unknown stay' else one.stay_band end
    ) as cell,
    one.area_type, one.area_code, one.period_start, one.period_end, one.date_precision, one.measured_as, one.unit,
    case when one.is_exchanged then 'een pakket van elders' else 'eigen telling' end as left_nl,
    case when one.is_exchanged then 'a package from elsewhere' else 'our own count' end as left_en,
    'een pakket van elders' as right_nl, 'a package from elsewhere' as right_en,
    {{ two_figures('one', 'other') }},
    cast(0 as double) as allowed,
    'alleen afronding' as allowed_reason_nl, 'rounding only' as allowed_reason_en,
    cast(null as varchar) as undecided_nl, cast(null as varchar) as undecided_en,
    false as is_upper_bound,
    {{ both_sides('one', 'other') }}
from counts as one
inner join counts as other
    on
        one.place = 1 and other.place > 1
        and one.area_code = other.area_code and one.synthetic = other.synthetic
        and one.period_start = other.period_start and one.period_end = other.period_end
        and one.universe = other.universe and one.origin_group = other.origin_group
        and one.stay_band = other.stay_band
