-- Counts from a register of an earlier date: only who is still in it is known.
with lower_bounds as (
    select distinct
        counted_on, area_code, register, synthetic,
        case register when 'brp' then 'residents' else 'non_residents' end as measure
    from {{ ref('int_registered__counted') }}
    where measured_as = 'stock' and persons_high is null
)

select
    'GM' as area_type, area_code, counted_on as period_start, counted_on as period_end, measure,
    'lower_bound' as kind, 'medium' as severity, register as source, cast(null as varchar) as delivery_id,
    counted_on as opened,
    'Van deze datum is geen levering: wie sindsdien vertrok staat niet in de eerstvolgende, dus het aantal is een '
    || 'ondergrens' as explanation_nl,
    'There is no delivery of this date: who left since is not in the next one, so the count is a lower bound'
        as explanation_en,
    'Lever een uittreksel van deze datum na' as remedy_nl,
    'Deliver an extract of this date' as remedy_en,
    synthetic
from lower_bounds
