-- Cells of a table that cannot hold together, whatever the rounding hid: totals that their parts cannot make up, and
-- sums that cross each other.
with named as (
    select
        implied.contradiction, cells.*,
        row_number() over (
            partition by implied.contradiction order by cells.area_type <> 'NL', cells.locator_row
        ) as place,
        count(*) over (partition by implied.contradiction) as cells
    from {{ ref('int_observations__implied') }} as implied
    inner join {{ ref('int_observations__unioned') }} as cells
        on implied.delivery_id = cells.delivery_id and implied.locator_row = cells.locator_row
    where implied.contradiction is not null
),

-- Of the sum of a country the first of many cells.
contradicted as (
    select
        min_by(area_type, place) as area_type, min_by(area_code, place) as area_code,
        period_start, period_end, measure, source, synthetic, delivery_id,
        string_agg(coalesce(locator_sheet || '!', '') || locator_cell, ', ' order by place) filter (place <= 12)
        || case when any_value(cells) > 12 then ', … (' || any_value(cells) || ')' else '' end as cells,
        max(reference_date) as opened
    from named
    group by contradiction, period_start, period_end, measure, source, synthetic, delivery_id
),

by_area as (
    select * replace (string_agg(cells, '; ' order by cells) as cells) from contradicted
    group by all
)

select
    area_type, area_code, period_start, period_end, measure, 'contradiction' as kind, 'high' as severity, source,
    delivery_id, opened,
    'Deze cellen kunnen niet samen kloppen, ook niet met afronding: ' || cells as explanation_nl,
    'These cells cannot hold together, not even with rounding: ' || cells as explanation_en,
    'Vraag de bronhouder om een verbeterde tabel; gebruik deze cellen niet' as remedy_nl,
    'Ask the source for a corrected table; do not use these cells' as remedy_en,
    synthetic
from by_area
