-- The door through which person-derived counts leave: withheld below the threshold, else rounded on their own. Cells
-- that would give a withheld one away are withheld with it; groups that no rule guards yet are not here at all.
with counted as (
    select
        *,
        -- What is known of a count without an upper bound is its lower bound.
        coalesce(persons_high, persons_low) as persons_shown,
        case universe
            when 'brp_arrivals' then 'brp_residents_foreign_nationality'
            when 'brp_arrivals_from_rni' then 'brp_arrivals'
            when 'rni_temporary_address_recent' then 'rni_temporary_address'
        end as wider_universe
    from {{ ref('int_registered__counted') }}
    where origin_group in ('all', 'eu', 'outside_eu', 'moe', 'other_eu')
),

-- Beside a count that it is part of, a count shows how many are not in it.
guarded as (
    select
        part.*,
        {{ is_suppressed('part.persons_shown') }} as is_small,
        coalesce({{ is_suppressed('(wider.persons_shown - part.persons_shown)') }}, false)
        and part.stay_band = 'all' as leaves_few,
        case
            when part.origin_group in ('eu', 'outside_eu') then 'of all'
            when part.origin_group in ('moe', 'other_eu') then 'of eu'
            when part.stay_band <> 'all' then 'stay'
            else 'all'
        end as siblings
    from counted as part
    left join counted as wider
        on
            part.wider_universe = wider.universe
            and part.counted_on = wider.counted_on
            and part.area_code = wider.area_code
            and part.synthetic = wider.synthetic
            and part.origin_group = wider.origin_group
            and part.stay_band = wider.stay_band
),

-- Where one sibling is small, the total less the others would show it; and a withheld total hides nothing if its parts
-- are shown.
judged as (
    select
        *,
        bool_or(is_small or leaves_few) over (
            partition by universe, counted_on, area_code, synthetic, siblings
        ) as has_small_sibling,
        bool_or((is_small or leaves_few) and siblings in ('of all', 'all')) over (
            partition by universe, counted_on, area_code, synthetic
        ) as has_small_parent,
        bool_or((is_small or leaves_few) and siblings = 'all') over (
            partition by universe, counted_on, area_code, synthetic
        ) as has_small_whole
    from guarded
),

withheld as (
    select
        *,
        has_small_sibling
        or (siblings = 'of eu' and has_small_parent)
        or (siblings = 'stay' and has_small_whole) as is_withheld
    from judged
)

-- A count that is not certain has bounds and no value.
select
    register, universe, measured_as, counted_on, delivery_id, area_code, origin_group, stay_band, synthetic,
    case when not is_withheld and persons_low = persons_high then {{ protected_value('persons_low') }} end as persons,
    case when is_withheld then 0 else {{ protected_low('persons_low') }} end as persons_low,
    case
        when persons_high is null then null
        when is_small then cast({{ (var('disclosure_threshold') | int) - 1 }} as bigint)
        when not is_withheld then {{ protected_high('persons_high') }}
    end as persons_high,
    case when is_withheld then 'suppressed' else 'rounding_known' end as bound_kind,
    case when is_withheld then 'suppressed' else 'available' end as availability
from withheld
