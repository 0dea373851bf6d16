-- What is not known of inspections: in which municipality they were, of how many fines, of which company, and whether
-- rows that are equal are one.
with yearly as (
    select
        source, synthetic, make_date(year, 1, 1) as period_start, make_date(year, 12, 31) as period_end,
        max(reference_date) as opened,
        max(delivery_id) as delivery_id,
        count(distinct record_key) as inspections,
        count(distinct record_key) filter (where area_type = 'unknown' and area_candidates is null) as nowhere,
        count(distinct record_key) filter (where area_candidates is not null) as ambiguous,
        count(distinct record_key) filter (where fines_high is null) as without_fines,
        count(distinct record_key) filter (where company is null) as without_company,
        sum(equal_rows - 1) as repeated
    from {{ ref('int_inspections__cases') }}
    where is_certain and place_basis = 'inspection_place'
    group by all
),

found as (
    select
        *, 'unknown' as area_type, cast(null as varchar) as area_code,
        'inspections' as measure, 'unknown_code' as kind, 'medium' as severity,
        'Aantal inspecties met een plaats die geen gemeente aanwijst: ' || nowhere
        || '; met een plaats die in meer dan een gemeente kan liggen: ' || ambiguous as explanation_nl,
        'Number of inspections with a place that names no municipality: ' || nowhere
        || '; with a place that may lie in more than one: ' || ambiguous as explanation_en,
        'Vul de plaatsnaam aan met de gemeente' as remedy_nl,
        'Give the municipality with the name of the place' as remedy_en
    from yearly
    where nowhere + ambiguous > 0
    union all by name
    select
        *, 'NL' as area_type, 'NL' as area_code, 'fines' as measure, 'missing' as kind, 'medium' as severity,
        'Van ' || without_fines || ' van de ' || inspections || ' inspecties is het aantal boetes niet bekend'
            as explanation_nl,
        'Of ' || without_fines || ' of the ' || inspections || ' inspections the number of fines is not known'
            as explanation_en,
        'Lever het register met een kolom voor het aantal boetes' as remedy_nl,
        'Deliver the register with a column for the number of fines' as remedy_en
    from yearly
    where without_fines > 0
    union all by name
    select
        *, 'NL' as area_type, 'NL' as area_code, 'companies' as measure, 'missing' as kind, 'medium' as severity,
        'Van ' || without_company || ' van de ' || inspections || ' inspecties is het bedrijf niet bekend'
            as explanation_nl,
        'Of ' || without_company || ' of the ' || inspections || ' inspections the company is not known'
            as explanation_en,
        'Lever het register met een kolom voor het bedrijf; wie het is wordt niet bewaard' as remedy_nl,
        'Deliver the register with a column for the company; who it is is not kept' as remedy_en
    from yearly
    where without_company > 0
    union all by name
    select
        *, 'NL' as area_type, 'NL' as area_code, 'inspections' as measure, 'contradiction' as kind, 'low' as severity,
        'Aantal rijen van het register dat gelijk is aan een andere rij en niet meetelt: ' || repeated
            as explanation_nl,
        'Number of rows of the register that are equal to another and do not count: ' || repeated as explanation_en,
        'Ga na of deze rijen dubbel zijn' as remedy_nl,
        'Find out whether these rows are doubles' as remedy_en
    from yearly
    where repeated > 0
)

select
    area_type, area_code, period_start, period_end, measure, kind, severity, source, delivery_id, opened,
    explanation_nl, explanation_en, remedy_nl, remedy_en, synthetic
from found
