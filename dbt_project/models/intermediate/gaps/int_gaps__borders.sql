-- Municipalities about which CBS and the graph of changes differ.
with disagreed as (
    select
        municipality_code, on_date, min(finding) as finding, max(delivery_id) as delivery_id
    from {{ ref('int_municipality__disagreements') }}
    group by all
)

select
    'GM' as area_type, municipality_code as area_code, on_date as period_start, on_date as period_end,
    'borders' as measure, 'contradiction' as kind, 'high' as severity, 'statline' as source, delivery_id,
    on_date as opened,
    'Het CBS en de gemeentelijke herindelingen van zicht verschillen over deze gemeente op ' || on_date
        as explanation_nl,
    'CBS and the municipal changes of zicht differ about this municipality on ' || on_date || ': '
    || replace(finding, '_', ' ') as explanation_en,
    'Controleer de seed municipality_event met tabel 70739ned' as remedy_nl,
    'Check the seed municipality_event with table 70739ned' as remedy_en,
    false as synthetic
from disagreed
