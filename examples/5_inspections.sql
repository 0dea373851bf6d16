-- Of the inspections in this municipality, how many ended in a fine, by where the inspection was and by the seat?
select
    period_start,
    period_end,
    place_basis,
    universe,
    edition,
    version,
    outcome,
    delivery_id,
    cases_low,
    cases_high,
    synthetic
from inspection
where
    area_code = '0394' and unit = 'inspections' and law = 'all' and sector = 'all' and outcome in ('all', 'fine')
order by period_start, period_end, place_basis, universe, edition, version, outcome, delivery_id
