-- A published share against the counts that it is of: a motive of all migrants, a group of origin of a motive, migrants
-- of the inhabitants. Of which day the inhabitants are is mostly not said: those of both ends of the year are possible.
{% set key = [
    'area_type', 'area_code', 'period_start', 'period_end', 'universe', 'edition', 'version', 'delivery_id', 'synthetic'
] %}
with cells as (
    select * from {{ ref('int_observations__unioned') }}
    where measure in ('migrants', 'share_of_migrants', 'share_of_motive', 'share_of_population')
),

counts as (
    select * from cells
    where measure = 'migrants'
),

inhabitants as (
    select
        area_type, area_code, synthetic,
        {{ reporting_year('period_start', 'period_end', 'date_precision') }} as year,
        min(low) as low, max(high) as high, max(version) as version, any_value(delivery_id) as delivery_id
    from {{ ref('int_observations__unioned') }}
    where source = 'statline' and measure = 'inhabitants'
    group by all
),

-- Those of 31 December of the year before and of the year itself.
both_ends as (
    select
        later.area_type, later.area_code, later.synthetic, later.year,
        least(earlier.low, later.low) as low, greatest(earlier.high, later.high) as high
    from inhabitants as later
    inner join inhabitants as earlier
        on
            later.area_type = earlier.area_type and later.area_code = earlier.area_code
            and later.synthetic = earlier.synthetic and later.year = earlier.year + 1
),

wholes as (
    select
        share.*, part.value as part, part.low as part_low, part.high as part_high,
        whole.value as whole, whole.low as whole_low, whole.high as whole_high
    from cells as share
    inner join counts as part using ({{ key | join(', ') }}, motive, origin_group)
    inner join counts as whole
        on
            whole.origin_group = 'all'
            and whole.motive = case share.measure when 'share_of_migrants' then 'all' else share.motive end
            {% for column in key %}
                and share.{{ column }} = whole.{{ column }}
            {% endfor %}
    where share.measure in ('share_of_migrants', 'share_of_motive')
    union all by name
    select
        share.*, part.value as part, part.low as part_low, part.high as part_high,
        cast(null as double) as whole, both_ends.low as whole_low, both_ends.high as whole_high
    from cells as share
    inner join counts as part using ({{ key | join(', ') }}, motive, origin_group)
    inner join both_ends
        on
            share.area_type = both_ends.area_type and share.area_code = both_ends.area_code
            and share.synthetic = both_ends.synthetic and year(share.period_start) = both_ends.year
    where share.measure = 'share_of_population'
)

select
    'percentages_vs_counts' as check_name, {{ cell_of('wholes', ['origin_group', 'motive']) }} as cell,
    wholes.area_type, wholes.area_code, wholes.period_start, wholes.period_end, wholes.date_precision,
    wholes.measured_as, wholes.unit,
    'het genoemde aandeel' as left_nl, 'the share that is stated' as left_en,
    'het aandeel volgens de aantallen' as right_nl, 'the share that the counts give' as right_en,
    wholes.value as left_value, wholes.low as left_value_low, wholes.high as left_value_high,
    {{ ratio('right_value', 'wholes.part', 'wholes.whole') }},
    cast(0 as double) as allowed,
    'alleen afronding' as allowed_reason_nl, 'rounding only' as allowed_reason_en,
    cast(null as varchar) as undecided_nl, cast(null as varchar) as undecided_en,
    false as is_upper_bound,
    wholes.universe, wholes.edition, wholes.version, wholes.delivery_id, wholes.availability, wholes.bound_kind,
    wholes.finality, wholes.synthetic
from wholes
qualify row_number() over (
    partition by
        cell, wholes.area_type, wholes.area_code, wholes.period_start, wholes.period_end, wholes.universe,
        wholes.edition, wholes.version, wholes.delivery_id, wholes.synthetic
    order by wholes.locator_row
) = 1
