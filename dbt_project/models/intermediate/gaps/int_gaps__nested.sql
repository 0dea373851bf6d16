-- Residents who are said to be among the workers and are more than those.
select
    'GM' as area_type, gap.municipality_code as area_code,
    make_date(gap.reporting_year, 1, 1) as period_start, make_date(gap.reporting_year, 12, 31) as period_end,
    'gap' as measure, 'contradiction' as kind, 'high' as severity, universe.source, gap.delivery_id,
    max(gap.reference_date) as opened,
    'Ingeschrevenen zouden deel van de werkenden zijn, maar zijn met meer' as explanation_nl,
    'Residents are said to be among the workers, but are more than those' as explanation_en,
    'Vraag de bronhouder wie elk van beide cijfers telt' as remedy_nl,
    'Ask the source whom each of the two figures counts' as remedy_en,
    gap.synthetic
from {{ ref('registration_gap') }} as gap
inner join {{ ref('universe') }} as universe on gap.residents_universe = universe.universe
where 'nested' in (gap.relation, gap.relation_claimed) and gap.residents_low > gap.workers_high
group by all
