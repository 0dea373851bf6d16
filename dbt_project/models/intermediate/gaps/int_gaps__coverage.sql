-- Figures that a source should have brought and did not: a series with a year missing within it or at its end, as a
-- whole or of some municipalities, and a measure that never came. What each source should bring it declares.
with figures as (
    select
        source, universe, measure, area_code, synthetic, period_end, reference_date,
        {{ reporting_year('period_start', 'period_end', 'date_precision') }} as reporting_year
    from {{ ref('int_observations__unioned') }}
    where area_type = 'GM'
    union all by name
    select
        register as source, universe, area_code, synthetic, counted_on as period_end, counted_on as reference_date,
        case register when 'brp' then 'residents' else 'non_residents' end as measure,
        {{ reporting_year('counted_on', 'counted_on', "'day'") }} as reporting_year
    from {{ ref('int_registered__protected') }}
    where universe in ('brp_residents_foreign_nationality', 'rni_temporary_address')
),

series as (
    select
        source, universe, measure, synthetic,
        min(coalesce(reporting_year, year(period_end))) as first_year,
        max(reporting_year) as newest_year,
        max(reference_date) as newest_delivery
    from figures
    group by all
),

known as (
    select
        source, universe, measure, synthetic, area_code,
        min(coalesce(reporting_year, year(period_end))) as first_year
    from figures
    group by all
),

wanted as (
    select
        series.*, expected.area, expected.due_after_days, expected.has_cadence,
        unnest(range(series.first_year, expected.last_due_year + 1)) as reporting_year
    from {{ source('catalogue', 'expected') }} as expected
    inner join series using (source, measure)
),

-- That the next delivery of a source with a cadence is late shows in its deliveries and is told there.
-- Who began or ended about the turn of the year may be in a table by either borders.
expected_cells as (
    select wanted.*, municipality.municipality_code as area_code
    from wanted
    inner join {{ ref('int_municipality') }} as municipality
        on
            coalesce(municipality.valid_from <= make_date(wanted.reporting_year, 1, 1), true)
            and coalesce(municipality.valid_to > make_date(wanted.reporting_year + 1, 1, 1), true)
    left join known
        on
            wanted.source = known.source and wanted.universe = known.universe and wanted.measure = known.measure
            and wanted.synthetic = known.synthetic and municipality.municipality_code = known.area_code
    where
        (wanted.area = 'each' or wanted.reporting_year >= known.first_year)
        and (not wanted.has_cadence or make_date(wanted.reporting_year, 12, 31) <= wanted.newest_delivery)
),

absent as (
    select
        expected_cells.*,
        count(*) over cell as absent_areas
    from expected_cells
    anti join figures
        on
            expected_cells.source = figures.source and expected_cells.universe = figures.universe
            and expected_cells.measure = figures.measure and expected_cells.synthetic = figures.synthetic
            and expected_cells.area_code = figures.area_code
            and expected_cells.reporting_year = figures.reporting_year
    window cell as (
        partition by
            expected_cells.source, expected_cells.universe, expected_cells.measure, expected_cells.synthetic,
            expected_cells.reporting_year
    )
),

by_area as (
    select distinct
        source, universe, measure, synthetic, reporting_year, area as expected_of, due_after_days,
        case when absent_areas <= {{ var('named_municipalities') }} then 'GM' else 'NL' end as area_type,
        case when absent_areas <= {{ var('named_municipalities') }} then area_code else 'NL' end as area_code,
        case when absent_areas > {{ var('named_municipalities') }} then absent_areas end as absent_areas,
        coalesce(not has_cadence and reporting_year > newest_year, false) as is_late
    from absent
),

-- Years that follow each other are one gap.
stretches as (
    select
        source, universe, measure, synthetic, area_type, area_code, expected_of, is_late, due_after_days,
        min(reporting_year) as first_year,
        max(reporting_year) as last_year,
        max(absent_areas) as absent_areas
    from (
        select
            *,
            reporting_year - row_number() over (
                partition by source, universe, measure, synthetic, area_code, is_late order by reporting_year
            ) as stretch
        from by_area
    ) as numbered
    group by
        source, universe, measure, synthetic, area_type, area_code, expected_of, is_late, due_after_days, stretch
),

never as (
    select expected.source, expected.measure, figures.synthetic, min(figures.reference_date) as opened
    from {{ source('catalogue', 'expected') }} as expected
    inner join figures on expected.source = figures.source
    anti join series
        on
            expected.source = series.source and expected.measure = series.measure
            and figures.synthetic = series.synthetic
    group by all
),

found as (
    select
        stretches.area_type, stretches.area_code,
        make_date(stretches.first_year, 1, 1) as period_start,
        -- What is late stays one gap, however many years it lacks in the end.
        make_date(case when stretches.is_late then stretches.first_year else stretches.last_year end, 12, 31)
            as period_end,
        stretches.measure,
        case when stretches.is_late then 'late' else 'missing' end as kind,
        stretches.source, stretches.universe,
        make_date(stretches.first_year, 12, 31) + cast(stretches.due_after_days + 1 as integer) as opened,
        universe.title_nl || ': over verslagjaar ' || stretches.first_year
        || case when stretches.last_year > stretches.first_year then ' tot en met ' || stretches.last_year else '' end
        || case when stretches.expected_of = 'known' then ' (31 december of 1 januari)' else '' end
        || ' zijn er geen cijfers'
        || case when stretches.area_type = 'GM' then ' van deze gemeente' else '' end
        || coalesce(
            ' van ' || case when stretches.last_year > stretches.first_year then 'hoogstens ' else '' end
            || stretches.absent_areas || ' gemeenten'
            || case when stretches.last_year > stretches.first_year then ' per jaar' else '' end,
            ''
        ) as explanation_nl,
        universe.title_en || ': of reporting year ' || stretches.first_year
        || case when stretches.last_year > stretches.first_year then ' to ' || stretches.last_year else '' end
        || case when stretches.expected_of = 'known' then ' (31 December or 1 January)' else '' end
        || ' there are no figures'
        || case when stretches.area_type = 'GM' then ' of this municipality' else '' end
        || coalesce(
            ' of ' || case when stretches.last_year > stretches.first_year then 'up to ' else '' end
            || stretches.absent_areas || ' municipalities'
            || case when stretches.last_year > stretches.first_year then ' a year' else '' end,
            ''
        ) as explanation_en,
        stretches.synthetic
    from stretches
    inner join {{ source('catalogue', 'universe') }} as universe using (universe)
    union all by name
    select
        'NL' as area_type, 'NL' as area_code, measure, 'missing' as kind, source, opened,
        'Van deze bron kwam wel iets, maar dit cijfer nooit' as explanation_nl,
        'Something came of this source, but never this figure' as explanation_en,
        synthetic
    from never
)

select
    found.area_type, found.area_code, found.period_start, found.period_end, found.measure, found.kind,
    'medium' as severity, found.source || coalesce(': ' || found.universe, '') as source,
    cast(null as varchar) as delivery_id, cast(found.opened as date) as opened,
    found.explanation_nl, found.explanation_en, declared.remedy_nl, declared.remedy_en, found.synthetic
from found
inner join {{ source('catalogue', 'source') }} as declared using (source)
