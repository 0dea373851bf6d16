-- Municipal indicators as their documents state them, each in its own unit with its quote.
select
    area_type, area_code, period_start, period_end, date_precision, measured_as,
    record_key as indicator_id, indicator, cast(null as varchar) as domain,
    value, low as value_low, high as value_high,
    coalesce(unit_name, unit) as unit,
    cast(null as double) as baseline, cast(null as double) as target,
    denominator, citation as source, quote,
    universe, edition, version, bound_kind, availability, finality, computed, synthetic, delivery_id
from {{ ref('int_observations__unioned') }}
where measure = 'indicator'
