-- How many work here and how many are registered here, in every comparison that there is?
select
    reporting_year,
    workers_universe,
    residents_universe,
    edition,
    version,
    delivery_id,
    workers_low,
    workers_high,
    residents_low,
    residents_high,
    gap_low,
    gap_high,
    relation,
    synthetic
from registration_gap
where municipality_code = '0394' and origin_group = 'all' and superseded is not true
order by reporting_year, workers_universe, residents_universe, edition, version, delivery_id
