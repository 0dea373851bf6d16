-- The nation at the end of each quarter, by the series that is declared for each measure (nowcast_series).
{% set tables = var('nowcast_series') %}
with declared as (
    {% for measure in tables %}
        select '{{ measure }}' as measure, '{{ tables[measure] }}' as edition
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- The first of a month is the last of the month before.
cells as (
    select
        *,
        case
            when date_precision = 'day' and day(period_end) = 1 then period_end - 1
            else period_end
        end as ends_on
    from {{ ref('int_observations__unioned') }}
    where
        source = 'statline' and area_type = 'NL' and date_precision in ('day', 'month', 'quarter')
        and measured_as = 'stock' and unit in ('persons', 'jobs') and value is not null
        and origin_group = 'all' and nationality = 'all' and employment in ('all', 'employee') and sector = 'all'
        and motive = 'all' and stay_band = 'all' and home_area in ('all', 'here')
)

select
    declared.measure, cells.synthetic, cells.delivery_id,
    universe.title_nl, universe.title_en,
    cast(year(cells.ends_on) as bigint) as year,
    cast(quarter(cells.ends_on) as bigint) as quarter,
    cells.value
from cells
inner join declared on cells.edition = declared.edition
inner join {{ source('catalogue', 'universe') }} as universe on cells.universe = universe.universe
where month(cells.ends_on) % 3 = 0 and cells.ends_on = last_day(cells.ends_on)
qualify row_number() over (
    partition by declared.measure, cells.synthetic, year(cells.ends_on), quarter(cells.ends_on)
    order by cells.reference_date desc, cells.delivery_id asc, cells.locator_row asc
) = 1
