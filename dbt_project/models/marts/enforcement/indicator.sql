-- Municipal indicators as their documents state them, each in its own unit with its quote, beside their baseline, their
-- target, the same period a year earlier (seasons differ) and the whole they are a part of.
{% set same = ['area_type', 'area_code', 'area_name', 'universe', 'unit_name', 'synthetic'] %}
with compared as (
    select
        figure.*,
        previous.value as previous, previous.value_low as previous_low, previous.value_high as previous_high,
        whole.value as whole, whole.value_low as whole_low, whole.value_high as whole_high
    from {{ ref('int_indicators__stated') }} as figure
    left join {{ ref('int_indicators__stated') }} as previous
        on
            figure.indicator_id = previous.indicator_id
            and not figure.superseded and not previous.superseded
            and figure.date_precision = previous.date_precision
            and figure.period_start = previous.period_start + interval 1 year
            -- The last day of February is another one in a leap year.
            and abs(date_diff('day', figure.period_end, previous.period_end + interval 1 year)) <= 1
            {% for column in same %}
                and figure.{{ column }} is not distinct from previous.{{ column }}
            {% endfor %}
    left join {{ ref('int_indicators__stated') }} as whole
        on
            figure.part_of = whole.indicator_id
            and figure.delivery_id = whole.delivery_id
            and figure.period_start = whole.period_start and figure.period_end = whole.period_end
            {% for column in same %}
                and figure.{{ column }} is not distinct from whole.{{ column }}
            {% endfor %}
),

figures as (
    select
        *,
        {{ difference('change_from_baseline', 'value', 'baseline') }},
        {{ difference('change', 'value', 'previous') }},
        {{ ratio('share_of_whole', 'value', 'whole') }}
    from compared
)

select
    area_type, area_code, area_name, period_start, period_end, date_precision, measured_as,
    indicator_id, indicator, domain, definition,
    value, value_low, value_high, unit_name as unit,
    baseline, change_from_baseline, change_from_baseline_low, change_from_baseline_high,
    target, direction,
    case
        when target is null then 'no_target'
        when direction = 'at_least' and value_low >= target then 'reached'
        when direction = 'at_least' and value_high < target then 'not_reached'
        when direction = 'at_most' and value_high <= target then 'reached'
        when direction = 'at_most' and value_low > target then 'not_reached'
        else 'undecided'
    end as target_verdict,
    previous, previous_low, previous_high, change, change_low, change_high,
    case
        when previous_low is null and previous_high is null then 'no_previous'
        else {{ direction_of('change', 'rose', 'fell', 'undecided') }}
    end as change_verdict,
    -- Rounding cannot make a part more than its whole.
    part_of,
    case when share_of_whole > 100 then 100 else share_of_whole end as share_of_whole,
    case when share_of_whole_low > 100 then 100 else share_of_whole_low end as share_of_whole_low,
    case when share_of_whole_high > 100 then 100 else share_of_whole_high end as share_of_whole_high,
    denominator, citation as source, quote, superseded,
    universe, edition, version, bound_kind, availability, finality, computed, synthetic, delivery_id
from figures
