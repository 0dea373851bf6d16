-- Each figure of a municipal indicator with the baseline and the target that its row states. Where a newer delivery
-- gives it anew, the older one stays beside it and is compared with nothing.
{% set place = ['area_type', 'area_code', 'area_name', 'period_start', 'period_end', 'universe', 'synthetic'] %}
with figures as (
    select
        * exclude (low, high, unit_name, direction, change),
        low as value_low,
        high as value_high,
        coalesce(unit_name, unit) as unit_name,
        coalesce(record_key, indicator) as indicator_id,
        row_number() over (
            partition by coalesce(record_key, indicator), {{ place | join(', ') }}
            order by reference_date desc, delivery_id asc, locator_row asc
        ) > 1 as superseded
    from {{ ref('int_observations__unioned') }}
    where measure = 'indicator'
),

aims as (
    select
        record_key, delivery_id, {{ place | join(', ') }},
        max(value) filter (where measure = 'baseline') as baseline,
        max(low) filter (where measure = 'baseline') as baseline_low,
        max(high) filter (where measure = 'baseline') as baseline_high,
        max(value) filter (where measure = 'target') as target,
        max(direction) as direction
    from {{ ref('int_observations__unioned') }}
    where measure in ('baseline', 'target')
    group by all
)

select figures.*, aims.baseline, aims.baseline_low, aims.baseline_high, aims.target, aims.direction
from figures
left join aims
    on
        figures.record_key = aims.record_key and figures.delivery_id = aims.delivery_id
        {% for column in place %}
            and figures.{{ column }} is not distinct from aims.{{ column }}
        {% endfor %}
