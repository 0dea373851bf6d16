-- Inspections, fines and companies per year: three units that never mix. Cases of the public register are counted here;
-- totals that a report states stand beside them as stated. No rate: where was inspected is no measure of where most is wrong.
with cases as (
    select
        area_type, area_code, year(period_start) as year, measure, unit, law, outcome, place_basis, universe,
        synthetic, value, is_withdrawn, delivery_id, finality
    from {{ ref('int_inspections__latest') }}
    where measure in ('inspections', 'fines')
),

amounts as (
    select area_type, area_code, year(period_start) as year, law, outcome, synthetic, value
    from {{ ref('int_inspections__latest') }}
    where measure = 'fine_amount'
),

-- Each law and outcome, and their totals as rows of their own: "all" is a level, never a sum over the others.
counted as (
    select
        area_type, area_code, year, unit, place_basis, universe, synthetic,
        coalesce(law, 'all') as law, coalesce(outcome, 'all') as outcome,
        sum(value) as cases,
        sum(value) filter (where is_withdrawn) as withdrawn,
        max(delivery_id) as delivery_id
    from cases
    group by grouping sets (
        (area_type, area_code, year, unit, place_basis, universe, synthetic, law, outcome),
        (area_type, area_code, year, unit, place_basis, universe, synthetic, law),
        (area_type, area_code, year, unit, place_basis, universe, synthetic, outcome),
        (area_type, area_code, year, unit, place_basis, universe, synthetic)
    )
),

fined as (
    select
        area_type, area_code, year, synthetic,
        coalesce(law, 'all') as law, coalesce(outcome, 'all') as outcome,
        sum(value) as amount
    from amounts
    group by grouping sets (
        (area_type, area_code, year, synthetic, law, outcome),
        (area_type, area_code, year, synthetic, law),
        (area_type, area_code, year, synthetic, outcome),
        (area_type, area_code, year, synthetic)
    )
),

from_register as (
    select
        counted.area_type, counted.area_code,
        make_date(counted.year, 1, 1) as period_start, make_date(counted.year, 12, 31) as period_end,
        'year' as date_precision, 'flow' as measured_as, counted.law, counted.unit, counted.outcome,
        cast(counted.cases as bigint) as cases,
        cast(counted.cases as bigint) as cases_low,
        cast(counted.cases as bigint) as cases_high,
        case when counted.unit = 'fines' then cast(fined.amount as bigint) end as amount_eur,
        case when counted.unit = 'fines' then cast(fined.amount as bigint) end as amount_eur_low,
        case when counted.unit = 'fines' then cast(fined.amount as bigint) end as amount_eur_high,
        counted.place_basis, cast(coalesce(counted.withdrawn, 0) as bigint) as withdrawn,
        counted.universe, 'newest snapshot' as edition, '1' as version, 'exact' as bound_kind,
        'available' as availability, 'final' as finality, true as computed, counted.synthetic, counted.delivery_id
    from counted
    left join fined
        on counted.area_type = fined.area_type
        and counted.area_code is not distinct from fined.area_code
        and counted.year = fined.year
        and counted.law = fined.law
        and counted.outcome = fined.outcome
        and counted.synthetic = fined.synthetic
),

from_reports as (
    select
        area_type, area_code, period_start, period_end, date_precision, measured_as, law, unit, outcome,
        cast(value as bigint) as cases, cast(low as bigint) as cases_low, cast(high as bigint) as cases_high,
        cast(null as bigint) as amount_eur, cast(null as bigint) as amount_eur_low, cast(null as bigint) as amount_eur_high,
        place_basis, cast(null as bigint) as withdrawn,
        universe, edition, version, bound_kind, availability, finality, computed, synthetic, delivery_id
    from {{ ref('int_observations__unioned') }}
    where measure in ('inspections', 'fines') and universe <> 'inspectorate_public_register'
)

select * from from_register
union all by name
select * from from_reports
