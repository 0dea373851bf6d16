-- Indicators that a municipality gave the year before its newest one, and in its newest one no more. Single facts of
-- national documents are no series.
with figures as (
    select *, year(period_end) as year from {{ ref('int_indicators__stated') }}
    where source = 'indicators' and area_type in ('GM', 'WK', 'BU')
),

newest as (
    select
        area_type, area_code, area_name, universe, synthetic, max(year) as year,
        max_by(delivery_id, reference_date) as delivery_id, max(reference_date) as opened
    from figures
    group by all
),

dropped as (
    select newest.*, figure.indicator_id, figure.indicator, figure.source
    from figures as figure
    inner join newest
        on
            figure.year = newest.year - 1
            and figure.area_type = newest.area_type
            and figure.area_code is not distinct from newest.area_code
            and figure.area_name is not distinct from newest.area_name
            and figure.universe = newest.universe
            and figure.synthetic = newest.synthetic
    anti join figures as now
        on
            newest.year = now.year
            and figure.indicator_id = now.indicator_id
            and figure.area_type = now.area_type
            and figure.area_code is not distinct from now.area_code
            and figure.area_name is not distinct from now.area_name
            and figure.universe = now.universe
            and figure.synthetic = now.synthetic
)

-- Of neighbourhoods without a code only the name tells which is meant.
select
    area_type, area_code, make_date(year, 1, 1) as period_start, make_date(year, 12, 31) as period_end,
    indicator_id as measure, 'missing' as kind, 'medium' as severity,
    source || coalesce(': ' || area_name, '') as source, max(delivery_id) as delivery_id, min(opened) as opened,
    'Het jaar ervoor was er een cijfer, nu niet: ' || min(indicator) || coalesce(' in ' || area_name, '')
        as explanation_nl,
    'The year before there was a figure, and now there is none: ' || min(indicator) || coalesce(' in ' || area_name, '')
        as explanation_en,
    'Vul het cijfer aan in het register, of meld dat de indicator is gestopt' as remedy_nl,
    'Add the figure to the register, or say that the indicator has ended' as remedy_en,
    synthetic
from dropped
group by area_type, area_code, area_name, year, indicator_id, source, synthetic
