-- Persons without Dutch nationality by group of origin, from the nationalities that a table of StatLine gives; a
-- universe of its own, whose name ends in _foreign. A nationality that a table does not give in a cell is absent and
-- not nought: of such a sum only the lower bound is known.
{% set cell = [
    'source', 'delivery_id', 'reference_date', 'area_type', 'area_code', 'period_start', 'period_end',
    'date_precision', 'measured_as', 'measure', 'home_area', 'stay_band', 'universe', 'edition', 'version', 'unit',
    'synthetic'
] %}
with cells as (
    select * from {{ ref('int_observations__bounded') }}
    where
        source = 'statline' and origin_group = 'all'
        and universe in (
            select one.universe from {{ ref('int_observations__unioned') }} as one
            where one.nationality not in ('all', 'unknown')
        )
),

members as (
    select nationality.nationality_code, nationality.on_date, origin_group.origin_group
    from {{ ref('int_nationality__on_date') }} as nationality
    inner join {{ ref('origin_group') }} as origin_group using (base_group)
    where
        origin_group.origin_group in ('moe', 'other_eu', 'eu')
        and nationality.nationality_code in (select one.nationality_code from {{ ref('nationality_group') }} as one)
),

wanted as (
    select on_date, origin_group, count(*) as nationalities from members
    group by all
),

summed as (
    select
        {% for column in cell %}
            cells.{{ column }},
        {% endfor %}
        members.origin_group,
        flatten(list({{ cells_of('cells.') }} order by cells.locator_row)) as cells,
        sum(cells.value) as value_sum,
        sum(cells.low) as low_sum,
        sum(cells.high) as high_sum,
        count_if(cells.availability = 'available') as given,
        count(cells.high) as bounded,
        bool_or(cells.availability = 'suppressed') as is_suppressed,
        bool_and(cells.bound_kind = 'exact') as is_exact,
        {{ worst_of('finality', 'cells.finality') }} as finality
    from cells
    inner join members
        on cells.nationality = members.nationality_code and cells.period_start = members.on_date
    group by all
),

by_group as (
    select
        summed.* exclude (value_sum, low_sum, high_sum, given, bounded, is_suppressed, is_exact),
        coalesce(summed.low_sum, 0) as low,
        case when summed.given = wanted.nationalities then summed.value_sum end as value,
        case when summed.bounded = wanted.nationalities then summed.high_sum end as high,
        case
            when summed.given = wanted.nationalities then 'available'
            when summed.is_suppressed then 'suppressed'
            else 'missing'
        end as availability,
        case
            when summed.bounded < wanted.nationalities then 'none'
            when summed.given < wanted.nationalities then 'suppressed'
            when summed.is_exact then 'exact'
            else 'rounding_known'
        end as bound_kind
    from summed
    inner join wanted
        on summed.period_start = wanted.on_date and summed.origin_group = wanted.origin_group
),

-- Everybody but the Dutch.
not_dutch as (
    select
        {% for column in cell %}
            everybody.{{ column }},
        {% endfor %}
        'all' as origin_group,
        {{ cells_of('everybody.') }} || {{ cells_of('dutch.') }} as cells,
        greatest(everybody.low - dutch.high, 0) as low,
        everybody.value - dutch.value as value,
        everybody.high - dutch.low as high,
        {{ worse('availability', 'everybody.availability', 'dutch.availability') }} as availability,
        {{ worse('bound_kind', 'everybody.bound_kind', 'dutch.bound_kind') }} as bound_kind,
        {{ worse('finality', 'everybody.finality', 'dutch.finality') }} as finality
    from cells as everybody
    inner join cells as dutch
        on
            everybody.nationality = 'all' and dutch.nationality = '0001'
            {% for column in cell %}
                and everybody.{{ column }} is not distinct from dutch.{{ column }}
            {% endfor %}
)

select * replace (universe || '_foreign' as universe), true as computed
from (
    select * from by_group
    union all by name
    select * from not_dutch
) as found
