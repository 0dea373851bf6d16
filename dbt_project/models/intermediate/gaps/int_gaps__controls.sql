-- What the controls of the registers find. Where that is fewer persons than may be published, no municipality is named.
with controlled as (
    select
        control.*, found.reference_date, found.synthetic,
        case when found.area_code = 'unknown' then 'unknown' else 'GM' end as area_type,
        nullif(found.area_code, 'unknown') as area_code,
        {{ protected_value('found.persons') }} as persons
    from {{ ref('int_register__controls') }} as found
    inner join {{ ref('register_control') }} as control using (control)
    where not {{ is_suppressed('found.persons') }} and found.area_code <> 'NL'
)

select
    area_type, area_code, reference_date as period_start, reference_date as period_end, control as measure,
    'register_control' as kind, severity, case register when 'both' then 'brp, rni' else register end as source,
    cast(null as varchar) as delivery_id, reference_date as opened,
    finding_nl || ': ' || {{ count_nl('persons') }} || ' personen, afgerond' as explanation_nl,
    finding_en || ': ' || {{ count_en('persons') }} || ' persons, rounded' as explanation_en,
    remedy_nl, remedy_en, synthetic
from controlled
