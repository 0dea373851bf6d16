-- The door through which person-derived counts leave: withheld below the threshold, else rounded on their own. Cells
-- that would give a withheld one away are withheld with it; groups that no rule guards yet are not here at all.
with guarded as (
    select
        *,
        {{ is_suppressed('persons_high') }} as is_small,
        case
            when origin_group in ('eu', 'outside_eu') then 'of all'
            when origin_group in ('moe', 'other_eu') then 'of eu'
            when stay_band <> 'all' then 'stay'
            else 'all'
        end as siblings
    from {{ ref('int_registered__counted') }}
    where origin_group in ('all', 'eu', 'outside_eu', 'moe', 'other_eu')
),

-- Where one sibling is small, the total less the others would show it; and a withheld total hides nothing if its parts
-- are shown.
judged as (
    select
        *,
        bool_or(is_small) over (
            partition by register, reference_date, area_code, synthetic, siblings
        ) as has_small_sibling,
        bool_or(is_small and siblings in ('of all', 'all')) over (
            partition by register, reference_date, area_code, synthetic
        ) as has_small_parent
    from guarded
),

withheld as (
    select
        *,
        has_small_sibling or (siblings = 'of eu' and has_small_parent) as is_withheld
    from judged
)

-- A count that is not certain has bounds and no value.
select
    register, reference_date, delivery_id, area_code, origin_group, stay_band, synthetic,
    case when not is_withheld and persons_low = persons_high then {{ protected_value('persons_low') }} end as persons,
    case when is_withheld then 0 else {{ protected_low('persons_low') }} end as persons_low,
    case
        when is_small then cast({{ (var('disclosure_threshold') | int) - 1 }} as bigint)
        when not is_withheld then {{ protected_high('persons_high') }}
    end as persons_high,
    case when is_withheld then 'suppressed' else 'rounding_known' end as bound_kind,
    case when is_withheld then 'suppressed' else 'available' end as availability
from withheld
