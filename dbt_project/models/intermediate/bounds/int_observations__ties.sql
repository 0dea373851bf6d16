-- What adds up to what, cell by cell, as the layouts of tables declare: a row for each cell in each sum. A sum of which
-- a part is not in the table is not complete, nor that of a country of which some have no known area. Shares and
-- averages do not add up.
{{ config(meta={'looks_up': ['stg_catalogue__delivery']}) }}
{% set dimensions = [
    'origin_group', 'nationality', 'motive', 'employment', 'sector', 'home_area', 'stay_band'
] %}
{% set table = [
    'delivery_id', 'table_id', 'edition', 'version', 'universe', 'measure', 'unit', 'measured_as', 'period_start',
    'period_end'
] %}
with sums as (
    select delivery.delivery_id, declared.*
    from {{ ref('stg_catalogue__delivery') }} as delivery
    inner join {{ source('catalogue', 'sum') }} as declared
        on
            delivery.source = declared.source
            and list_contains(string_split(delivery.layout, ', '), declared.layout)
),

-- Kept as they are read: each is referred to by its number.
cells as materialized (
    select
        {{ table | join(', ') }}, {{ dimensions | join(', ') }},
        area_type, area_code, locator_row, low, high, bound_kind,
        row_number() over (order by delivery_id, locator_row) as cell
    from {{ ref('int_observations__unioned') }}
    where
        table_id in (select sums.table_id from sums)
        and delivery_id in (select sums.delivery_id from sums)
        and availability <> 'not_applicable' and unit <> 'percent' and measured_as <> 'average'
),

municipalities as (
    select
        dates.period_end, municipality.municipality_code,
        count(*) over (partition by dates.period_end) as municipalities
    from (
        select distinct period_end from cells
        where area_type = 'NL'
    ) as dates
    inner join {{ ref('int_municipality') }} as municipality
        on
            {{ exists_on('municipality', 'dates.period_end') }}
),

-- Tables that tell of people whose area is not known: not all of the country are in its municipalities.
unplaced as (
    select total.cell
    from cells as total
    semi join (
        select * from cells
        where area_type = 'unknown'
    ) as part using ({{ table | join(', ') }})
    where total.area_type = 'NL'
),

-- Each total with the words of its parts; found before the parts are, which are many.
totals as materialized (
    {% for dimension in dimensions + ['area'] %}
        select
            total.* exclude (low, high, bound_kind), sums.sum, sums.dimension, sums.part, sums.parts, sums.complete
        from cells as total
        inner join sums
            on
                sums.dimension = '{{ dimension }}'
                and total.{{ 'area_type' if dimension == 'area' else dimension }} = sums.total
                and total.delivery_id = sums.delivery_id and total.table_id = sums.table_id
                and total.edition = sums.edition and sums.version in (total.version, '')
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

tied as (
    {% for dimension in dimensions + ['area'] %}
        {% set varies = ['area_type', 'area_code'] if dimension == 'area' else [dimension] %}
        select
            totals.sum, totals.cell as total_cell, totals.dimension, totals.parts, totals.complete, totals.period_end,
            part.cell as part_cell, part.area_code
        from totals
        inner join cells as part
            on
                totals.dimension = '{{ dimension }}'
                and totals.part = part.{{ varies[0] }}
                {% for same in table + dimensions + ['area_type', 'area_code'] if same not in varies %}
                    and totals.{{ same }} = part.{{ same }}
                {% endfor %}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- All the parts of a country are its municipalities of that day, each of them and no other.
ties as (
    select
        tied.sum, tied.total_cell, any_value(tied.dimension) as dimension,
        bool_and(tied.complete)
        and case
            when any_value(tied.dimension) <> 'area' then count(*) = any_value(tied.parts)
            else
                count(*) = count(municipalities.municipality_code)
                and count(*) = any_value(municipalities.municipalities)
                and count(unplaced.cell) = 0
        end as complete
    from tied
    left join municipalities
        on
            tied.dimension = 'area'
            and tied.period_end = municipalities.period_end and tied.area_code = municipalities.municipality_code
    left join unplaced
        on tied.total_cell = unplaced.cell
    group by tied.sum, tied.total_cell
),

numbered as (
    select ties.*, row_number() over (order by cells.delivery_id, ties.sum, cells.locator_row) as tie
    from ties
    inner join cells on ties.total_cell = cells.cell
),

entries as (
    select tie, dimension, complete, true as is_total, total_cell as cell from numbered
    union all
    select numbered.tie, numbered.dimension, numbered.complete, false as is_total, tied.part_cell as cell
    from numbered
    inner join tied using (sum, total_cell)
)

select entries.* exclude (cell), cells.delivery_id, cells.locator_row, cells.low, cells.high, cells.bound_kind
from entries
inner join cells using (cell)
