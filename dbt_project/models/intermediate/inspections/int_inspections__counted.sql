-- Cases of the public register counted per year: inspections, fines and companies, from those that are certainly in an
-- area up to those that may be. Levels are counted and not added, for a case under two laws is one inspection.
with levels as (
    select
        cases.* replace (
            case when by_law.chosen then cases.law else 'all' end as law,
            case when by_sector.chosen then cases.sector else 'all' end as sector,
            case when by_outcome.chosen then cases.outcome else 'all' end as outcome
        )
    from {{ ref('int_inspections__cases') }} as cases
    cross join (values (true), (false)) as by_law (chosen)
    cross join (values (true), (false)) as by_sector (chosen)
    cross join (values (true), (false)) as by_outcome (chosen)
    where not by_sector.chosen or cases.sector <> 'all'
)

select
    area_type, area_code, year, law, sector, outcome, place_basis, universe, synthetic,
    max(delivery_id) as delivery_id,
    {{ worst_of('finality', 'finality') }} as finality,
    max(withdrawn_on) filter (where is_certain) as last_withdrawn,

    count(distinct record_key) filter (where is_certain) as inspections_low,
    count(distinct record_key) as inspections_high,
    count(distinct record_key) filter (where is_certain and withdrawn_on is not null) as inspections_withdrawn,

    count(fines) > 0 as tells_of_fines,
    coalesce(sum(fines_low) filter (where is_certain), 0) as fines_low,
    case when count(fines_high) = count(*) then sum(fines_high) end as fines_high,
    coalesce(sum(fines_low) filter (where is_certain and withdrawn_on is not null), 0) as fines_withdrawn,

    count(amount_eur) > 0 as tells_of_amounts,
    coalesce(sum(amount_eur_low) filter (where is_certain), 0) as amount_eur_low,
    case when count(amount_eur_high) = count(*) then sum(amount_eur_high) end as amount_eur_high,

    count(company) > 0 as tells_of_companies,
    -- Companies that may be others of them are at least one.
    greatest(
        count(distinct company) filter (where is_certain and not may_be_another),
        least(count(company) filter (where is_certain), 1)
    ) as companies_low,
    -- Of a row that names no company it may be any, and one more.
    count(distinct company)
    + count(distinct concat_ws(' ', record_key, law, locator_row)) filter (where company is null) as companies_high,
    count(distinct company) filter (where is_certain)
    - count(distinct company) filter (where is_certain and withdrawn_on is null) as companies_withdrawn
from levels
group by all
