-- The own extract of the BRP against CBS's residents of each nationality, at the same turn of the year. Who has
-- several nationalities counts under one of them at CBS, so here from nought to one under each. Only nationalities of
-- the EU with so many residents that they may be shown, where their group is shown too and leaves at least two others
-- unshown, with so many persons that they may be shown. No value is given and all bounds are as wide: else they would
-- tell where one or two have several nationalities. What bounds of that width do not hold is left out.
{{ config(meta={'looks_up': ['stg_catalogue__delivery']}) }}
with nationalities as (
    select
        counted_on, area_code, synthetic, person, is_certain,
        unnest(string_split(nationalities, ' ')) as nationality_code,
        contains(nationalities, ' ') as has_several
    from {{ ref('int_states__possible') }}
    where state = 'resident' and base_group <> 'nl' and area_code <> 'unknown'
),

counted as (
    select
        counted_on, area_code, synthetic, nationality_code,
        count_if(is_certain and not has_several) as persons_low,
        count_if(is_certain) + count(distinct case when not is_certain then person end) as persons_high
    from nationalities
    group by all
    having not {{ is_suppressed('count_if(is_certain and not has_several)') }}
),

members as (
    select nationality_code, on_date, base_group, count(*) over (partition by on_date, base_group) as member_count
    from {{ ref('int_nationality__on_date') }}
    where
        base_group in ('moe', 'other_eu')
        and nationality_code in (select one.nationality_code from {{ ref('nationality_group') }} as one)
),

own as (
    select
        counted.counted_on, counted.area_code, counted.nationality_code, counted.synthetic,
        nationality.nationality_name,
        shown.universe, cast(counted.counted_on as varchar) as edition, '1' as version, shown.delivery_id,
        shown.availability, shown.bound_kind, 'final' as finality,
        {{ rejected_rows('delivery') }},
        cast(null as bigint) as value,
        {{ protected_low('counted.persons_low') }} as low,
        {{ protected_high('counted.persons_low') }} + {{ var('rounding_base') }} as high,
        shown.persons_low - sum({{ protected_low('counted.persons_low') }}) over of_group as low_of_others
    from counted
    inner join members
        on counted.nationality_code = members.nationality_code and counted.counted_on = members.on_date
    inner join {{ ref('int_registered__protected') }} as shown
        on
            counted.counted_on = shown.counted_on and counted.area_code = shown.area_code
            and counted.synthetic = shown.synthetic and members.base_group = shown.origin_group
            and shown.universe = 'brp_residents_foreign_nationality' and shown.stay_band = 'all'
            and shown.availability = 'available' and shown.persons_high is not null
    inner join {{ ref('nationality') }} as nationality
        on counted.nationality_code = nationality.nationality_code
    left join {{ ref('stg_catalogue__delivery') }} as delivery
        on shown.delivery_id = delivery.delivery_id
    where counted.persons_high <= {{ protected_high('counted.persons_low') }} + {{ var('rounding_base') }}
    window of_group as (partition by counted.counted_on, counted.area_code, counted.synthetic, members.base_group)
    qualify members.member_count - count(*) over of_group >= 2 and not {{ is_suppressed('low_of_others') }}
),

published as (
    select * from {{ ref('int_observations__bounded') }}
    where
        measure = 'residents' and universe = 'statline_residents_nationality' and area_type = 'GM'
        and nationality not in ('all', 'unknown')
)

select
    'own_brp_per_nationality' as check_name, 'residents, ' || own.nationality_code as cell,
    'GM' as area_type, own.area_code,
    least(own.counted_on, published.period_start) as period_start,
    greatest(own.counted_on, published.period_start) as period_end,
    'day' as date_precision, 'stock' as measured_as, 'persons' as unit,
    'BRP-uittreksel van ' || own.counted_on || ', nationaliteit ' || own.nationality_name as left_nl,
    'BRP extract of ' || own.counted_on || ', nationality ' || own.nationality_name as left_en,
    'CBS op ' || published.period_start as right_nl, 'CBS on ' || published.period_start as right_en,
    {{ two_figures('own', 'published') }},
    cast(own.rejected_high as double) as allowed,
    {{ allowed_by_rejected('own', 'nl') }} as allowed_reason_nl,
    {{ allowed_by_rejected('own', 'en') }} as allowed_reason_en,
    cast(null as varchar) as undecided_nl, cast(null as varchar) as undecided_en,
    false as is_upper_bound,
    {{ both_sides('own', 'published') }}
from own
inner join published
    on
        own.area_code = published.area_code and own.nationality_code = published.nationality
        and own.synthetic = published.synthetic
        and abs(date_diff('day', own.counted_on, published.period_start)) <= 1
