-- Figures on both sides of a break: a series only in appearance.
with series as (
    select
        universe, synthetic, min(period_start) as first_period, max(period_end) as last_period,
        min(reference_date) as opened
    from {{ ref('int_observations__unioned') }}
    where availability <> 'missing'
    group by all
    union all by name
    select
        universe, synthetic, min(counted_on) as first_period, max(counted_on) as last_period,
        min(counted_on) as opened
    from {{ ref('int_registered__protected') }}
    group by all
),

broken as (
    select
        declared.*, greatest(earlier.opened, later.opened) as opened, earlier.synthetic or later.synthetic as synthetic
    from {{ source('catalogue', 'series_break') }} as declared
    inner join series as earlier
        on declared.universe = earlier.universe and declared.since > earlier.first_period
    inner join series as later
        on
            coalesce(declared.successor, declared.universe) = later.universe
            and earlier.synthetic = later.synthetic
            and declared.since <= later.last_period
)

select
    'NL' as area_type, 'NL' as area_code, since as period_start, since as period_end, measure,
    'broken_series' as kind, 'medium' as severity, source || ': ' || universe as source,
    cast(null as varchar) as delivery_id, opened,
    'De reeks breekt op ' || since || ': ' || reason_nl as explanation_nl,
    'The series breaks on ' || since || ': ' || reason_en as explanation_en,
    'Vergelijk geen cijfers van voor en na deze datum zonder dit te zeggen' as remedy_nl,
    'Do not compare figures from before and after this date without saying so' as remedy_en,
    synthetic
from broken
