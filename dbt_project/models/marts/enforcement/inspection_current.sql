-- Inspections and fines on the borders of the day of the run. The place of a case lies in the municipality that the
-- shipped table gives it today, whenever the inspection was; a report's total stands on the borders of its period. The
-- cells of the register are counted over its snapshots, so that their deliveries differ. Companies are not here: one of
-- two municipalities is one of both together.
{% set cells -%}
    (
        select
            * exclude (per_100_inspections, per_100_inspections_low, per_100_inspections_high, rate_nl, rate_en),
            universe = 'inspectorate_public_register' as is_counted,
            case when not is_counted then delivery_id end as stated_in
        from {{ ref('inspection') }}
        where unit <> 'companies'
    )
{%- endset %}
{% set shipped_on = "(select max(event.effective_date) from " ~ ref('municipality_event') ~ " as event)" %}
select * exclude (is_counted, stated_in)
from (
    {{ restated(
        cells, ['cases', 'amount_eur'],
        ['period_start', 'period_end', 'date_precision', 'measured_as', 'law', 'sector', 'outcome', 'place_basis',
        'unit', 'universe', 'edition', 'version', 'synthetic', 'is_counted', 'stated_in'],
        on='case when is_counted then ' ~ shipped_on ~ ' else period_end end'
    ) }}
)
