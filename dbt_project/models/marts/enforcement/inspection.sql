-- Inspections and fines per year: units that never mix. Cases of the public register are counted here; totals that a
-- report states stand beside them as stated. No rate: where was inspected does not measure where most is wrong.
with levels as (
    -- Each law and outcome, and "all" as a level of its own: nobody should have to sum over the others.
    select
        cases.area_type, cases.area_code, cases.place_basis, cases.universe, cases.synthetic, cases.delivery_id,
        cases.is_withdrawn,
        year(cases.period_start) as year,
        case cases.measure when 'inspections' then 'inspections' else 'fines' end as unit,
        case when by_law.chosen then cases.law else 'all' end as law,
        case when by_outcome.chosen then cases.outcome else 'all' end as outcome,
        case when cases.measure <> 'fine_amount' then cases.value end as cases,
        case when cases.measure = 'fine_amount' then cases.value end as amount_eur
    from {{ ref('int_inspections__latest') }} as cases
    cross join (values (true), (false)) as by_law (chosen)
    cross join (values (true), (false)) as by_outcome (chosen)
),

counted as (
    select
        area_type, area_code, year, law, unit, outcome, place_basis, universe, synthetic,
        cast(sum(cases) as bigint) as cases,
        cast(sum(amount_eur) as bigint) as amount_eur,
        cast(coalesce(sum(cases) filter (where is_withdrawn), 0) as bigint) as withdrawn,
        max(delivery_id) as delivery_id
    from levels
    group by all
),

from_register as (
    select
        area_type, area_code,
        make_date(year, 1, 1) as period_start, make_date(year, 12, 31) as period_end,
        'year' as date_precision, 'flow' as measured_as, law, unit, outcome,
        cases, cases as cases_low, cases as cases_high,
        amount_eur, amount_eur as amount_eur_low, amount_eur as amount_eur_high,
        place_basis, withdrawn,
        universe, 'newest snapshot' as edition, '1' as version, 'exact' as bound_kind, 'available' as availability,
        'final' as finality, true as computed, synthetic, delivery_id
    from counted
),

from_reports as (
    select
        area_type, area_code, period_start, period_end, date_precision, measured_as, law, unit, outcome,
        cast(value as bigint) as cases, cast(low as bigint) as cases_low, cast(high as bigint) as cases_high,
        cast(null as bigint) as amount_eur,
        cast(null as bigint) as amount_eur_low,
        cast(null as bigint) as amount_eur_high,
        place_basis, cast(null as bigint) as withdrawn,
        universe, edition, version, bound_kind, availability, finality, computed, synthetic, delivery_id
    from {{ ref('int_observations__unioned') }}
    where measure in ('inspections', 'fines') and universe <> 'inspectorate_public_register'
)

select * from from_register
union all by name
select * from from_reports
