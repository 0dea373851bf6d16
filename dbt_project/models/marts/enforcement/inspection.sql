-- Inspections, fines and companies per year: units that never mix. Cases of the public register are counted; totals
-- that a report states stand beside them as stated. A rate tells where was inspected and not where most is wrong, and
-- there is none where inspections of the same kind were not counted.
with of_register as (
    select
        *, 'inspections' as unit,
        inspections_low as cases_low, inspections_high as cases_high, inspections_withdrawn as withdrawn
    from {{ ref('int_inspections__counted') }}
    union all by name
    select
        *, 'fines' as unit,
        fines_low as cases_low, fines_high as cases_high, fines_withdrawn as withdrawn,
        case when tells_of_amounts then amount_eur_low end as eur_low,
        case when tells_of_amounts then amount_eur_high end as eur_high
    from {{ ref('int_inspections__counted') }}
    where tells_of_fines
    union all by name
    select
        *, 'companies' as unit,
        companies_low as cases_low, companies_high as cases_high, companies_withdrawn as withdrawn
    from {{ ref('int_inspections__counted') }}
    where tells_of_companies
),

figures as (
    select
        area_type, area_code,
        make_date(year, 1, 1) as period_start, make_date(year, 12, 31) as period_end,
        'year' as date_precision, 'flow' as measured_as, law, sector, unit, outcome,
        case when cases_low = cases_high then cases_low end as cases, cases_low, cases_high,
        case when eur_low = eur_high then eur_low end as amount_eur,
        eur_low as amount_eur_low, eur_high as amount_eur_high,
        place_basis, withdrawn, case when withdrawn > 0 then last_withdrawn end as last_withdrawn,
        universe, 'newest snapshot' as edition, '1' as version,
        case when cases_high is null then 'none' else 'exact' end as bound_kind,
        case when cases_high is null then 'missing' else 'available' end as availability,
        finality, true as computed, synthetic, delivery_id
    from of_register
    union all by name
    select
        area_type, area_code, period_start, period_end, date_precision, measured_as, law, sector, unit, outcome,
        value as cases, low as cases_low, high as cases_high, place_basis,
        universe, edition, version, bound_kind, availability, finality, computed, synthetic, delivery_id
    from {{ ref('int_observations__unioned') }}
    where measure in ('inspections', 'fines') and universe <> 'inspectorate_public_register'
),

beside_inspections as (
    select
        *,
        unit <> 'companies' and not (unit = 'inspections' and outcome = 'all') as is_part,
        max(cases) filter (where unit = 'inspections' and outcome = 'all') over whole as inspections,
        max(cases_low) filter (where unit = 'inspections' and outcome = 'all') over whole as inspections_low,
        max(cases_high) filter (where unit = 'inspections' and outcome = 'all') over whole as inspections_high
    from figures
    window whole as (
        partition by
            area_type, area_code, period_start, period_end, law, sector, place_basis, universe, edition, version,
            synthetic
    )
),

rated as (
    select *, {{ ratio('per_100_inspections', 'cases', 'inspections', when='is_part') }}
    from beside_inspections
)

select
    area_type, area_code, period_start, period_end, date_precision, measured_as, law, sector, unit, outcome,
    cast(cases as bigint) as cases, cast(cases_low as bigint) as cases_low, cast(cases_high as bigint) as cases_high,
    cast(amount_eur as bigint) as amount_eur,
    cast(amount_eur_low as bigint) as amount_eur_low,
    cast(amount_eur_high as bigint) as amount_eur_high,
    place_basis, cast(withdrawn as bigint) as withdrawn, last_withdrawn,
    per_100_inspections, per_100_inspections_low,
    -- Inspections with an outcome are some of the inspections, whichever of them are in the area.
    case
        when unit = 'inspections' and is_part and inspections_high > 0 then least(per_100_inspections_high, 100)
        else per_100_inspections_high
    end as per_100_inspections_high,
    case
        when unit = 'companies' then 'Geen verhouding: een bedrijf kan meer dan eens geïnspecteerd zijn.'
        when not is_part then 'Geen verhouding: dit zijn de inspecties zelf.'
        when inspections_high is null then 'Geen verhouding: er is geen aantal inspecties van dezelfde soort.'
        else
            'Per 100 inspecties van dezelfde plaats, wet, sector en periode; zegt waar geïnspecteerd is, niet waar het '
            || 'meest mis is.'
    end as rate_nl,
    case
        when unit = 'companies' then 'No rate: a company may have been inspected more than once.'
        when not is_part then 'No rate: these are the inspections themselves.'
        when inspections_high is null then 'No rate: there is no number of inspections of the same kind.'
        else
            'Per 100 inspections of the same place, law, sector and period; tells where was inspected, not where most '
            || 'is wrong.'
    end as rate_en,
    universe, edition, version, bound_kind, availability, finality, computed, synthetic, delivery_id
from rated
