-- Figures that should be there and are not, or cannot be trusted: found in the arrivals, and found in the figures.
with withheld as (
    select
        area_type, area_code, period_start, period_end, measure, source, synthetic,
        case availability when 'suppressed' then 'suppressed' else 'missing' end as kind,
        count(*) as cells,
        min(reference_date) as opened,
        max_by(delivery_id, reference_date) as delivery_id
    from {{ ref('int_observations__unioned') }}
    where availability in ('suppressed', 'missing') and measure not in ('inhabitants_moved', 'lies_in')
    group by all
),

unplaced as (
    select
        'unknown' as area_type, cast(null as varchar) as area_code, measure, source, synthetic,
        make_date(year(period_start), 1, 1) as period_start, make_date(year(period_start), 12, 31) as period_end,
        count(*) as cells,
        max(reference_date) as opened,
        max(delivery_id) as delivery_id
    from {{ ref('int_inspections__latest') }}
    where area_type = 'unknown' and measure = 'inspections'
    group by all
),

contradicted as (
    select
        area_type, area_code, period_start, period_end, measure, source, synthetic,
        max(reference_date) as opened,
        max(delivery_id) as delivery_id
    from {{ ref('int_observations__unioned') }}
    where measure in ('migrants', 'share_of_migrants', 'share_of_motive', 'share_of_population')
    group by
        area_type,
        area_code,
        period_start,
        period_end,
        measure,
        source,
        synthetic,
        delivery_id,
        motive,
        origin_group,
        universe,
        edition,
        version
    having count(distinct value) > 1
),

-- Of an earlier date only who is still in the register is known.
lower_bounds as (
    select distinct
        counted_on, area_code, register, synthetic,
        case register when 'brp' then 'residents' else 'non_residents' end as measure
    from {{ ref('int_registered__counted') }}
    where measured_as = 'stock' and persons_high is null
),

-- Where a control finds fewer persons than may be published, the municipality is not named.
controlled as (
    select
        control.*, found.reference_date, found.synthetic,
        case when found.area_code = 'unknown' then 'unknown' else 'GM' end as area_type,
        nullif(found.area_code, 'unknown') as area_code,
        {{ protected_value('found.persons') }} as persons
    from {{ ref('int_register__controls') }} as found
    inner join {{ ref('register_control') }} as control using (control)
    where not {{ is_suppressed('found.persons') }} and found.area_code <> 'NL'
),

-- Figures on both sides of a break are a series only in appearance.
series as (
    select
        universe, synthetic, min(period_start) as first_period, max(period_end) as last_period,
        min(reference_date) as opened
    from {{ ref('int_observations__unioned') }}
    where availability <> 'missing'
    group by all
    union all by name
    select
        universe, synthetic, min(counted_on) as first_period, max(counted_on) as last_period,
        min(counted_on) as opened
    from {{ ref('int_registered__protected') }}
    group by all
),

broken as (
    select
        declared.*, greatest(earlier.opened, later.opened) as opened, earlier.synthetic or later.synthetic as synthetic
    from {{ source('catalogue', 'series_break') }} as declared
    inner join series as earlier
        on declared.universe = earlier.universe and declared.since > earlier.first_period
    inner join series as later
        on
            coalesce(declared.successor, declared.universe) = later.universe
            and earlier.synthetic = later.synthetic
            and declared.since <= later.last_period
),

unsummed as (
    select
        area_type, area_code, period_start, period_end, measure, source, synthetic, delivery_id,
        string_agg(distinct coalesce(locator_sheet || '!', '') || locator_cell, ', ') as cells,
        max(reference_date) as opened
    from {{ ref('int_observations__sums') }}
    group by all
),

disagreed as (
    select
        municipality_code, on_date, min(finding) as finding, max(delivery_id) as delivery_id
    from {{ ref('int_municipality__disagreements') }}
    group by all
),

unnamed as (
    select
        period_start, period_end, measure, source, synthetic,
        string_agg(distinct quote, ', ' order by quote) as names,
        min(reference_date) as opened,
        max_by(delivery_id, reference_date) as delivery_id
    from {{ ref('int_observations__unioned') }}
    where area_type = 'unknown' and quote is not null and measure in ('workers', 'residents')
    group by all
),

found as (
    select
        area_type, area_code, period_start, period_end, measure, kind, 'low' as severity, source, opened, delivery_id,
        'Aantal cellen dat in de bron ' || case kind when 'suppressed' then 'onderdrukt' else 'onbekend' end
        || ' is: ' || cells as explanation_nl,
        'Number of cells that are ' || case kind when 'suppressed' then 'suppressed' else 'unknown' end
        || ' in the source: ' || cells as explanation_en,
        'Vraag de bronhouder om een grovere tabel, of gebruik de grenzen' as remedy_nl,
        'Ask the source for a coarser table, or use the bounds' as remedy_en,
        synthetic
    from withheld
    union all by name
    select
        area_type, area_code, period_start, period_end, measure, 'unknown_code' as kind, 'medium' as severity, source,
        opened, delivery_id,
        'Aantal inspecties met een plaats die geen gemeente aanwijst: ' || cells as explanation_nl,
        'Number of inspections with a place that names no municipality: ' || cells as explanation_en,
        'Vul de plaatsnaam aan met de gemeente' as remedy_nl,
        'Give the municipality with the name of the place' as remedy_en,
        synthetic
    from unplaced
    union all by name
    select
        'unknown' as area_type, cast(null as varchar) as area_code, period_start, period_end, measure,
        'unknown_code' as kind, 'medium' as severity, source, opened, delivery_id,
        'Namen die geen of meer dan een gemeente aanwijzen: ' || names as explanation_nl,
        'Names that point to no municipality or to more than one: ' || names as explanation_en,
        'Geef de gemeentecode bij de naam' as remedy_nl,
        'Give the code of the municipality with its name' as remedy_en,
        synthetic
    from unnamed
    union all by name
    select
        area_type, area_code, period_start, period_end, measure, 'contradiction' as kind, 'high' as severity, source,
        opened, delivery_id,
        'Totalen die niet uit hun delen kunnen bestaan, ook niet met afronding: ' || cells as explanation_nl,
        'Totals that their parts cannot make up, not even with rounding: ' || cells as explanation_en,
        'Vraag de bronhouder om een verbeterde tabel; gebruik deze cellen niet' as remedy_nl,
        'Ask the source for a corrected table; do not use these cells' as remedy_en,
        synthetic
    from unsummed
    union all by name
    select
        'GM' as area_type, municipality_code as area_code, on_date as period_start, on_date as period_end,
        'borders' as measure, 'contradiction' as kind, 'high' as severity, 'statline' as source, on_date as opened,
        delivery_id,
        'Het CBS en de gemeentelijke herindelingen van zicht verschillen over deze gemeente op ' || on_date
            as explanation_nl,
        'CBS and the municipal changes of zicht differ about this municipality on ' || on_date || ': '
        || replace(finding, '_', ' ') as explanation_en,
        'Controleer de seed municipality_event met tabel 70739ned' as remedy_nl,
        'Check the seed municipality_event with table 70739ned' as remedy_en,
        false as synthetic
    from disagreed
    union all by name
    select
        'NL' as area_type, 'NL' as area_code, since as period_start, since as period_end, measure,
        'broken_series' as kind, 'medium' as severity, source || ': ' || universe as source, opened,
        cast(null as varchar) as delivery_id,
        'De reeks breekt op ' || since || ': ' || reason_nl as explanation_nl,
        'The series breaks on ' || since || ': ' || reason_en as explanation_en,
        'Vergelijk geen cijfers van voor en na deze datum zonder dit te zeggen' as remedy_nl,
        'Do not compare figures from before and after this date without saying so' as remedy_en,
        synthetic
    from broken
    union all by name
    select
        area_type, area_code, period_start, period_end, 'all motives' as measure, 'contradiction' as kind,
        'high' as severity, 'all sources' as source, period_end as opened, delivery_id,
        'De cijfers van tabel ' || table_id || ' kunnen niet allemaal kloppen' as explanation_nl,
        'The figures of table ' || table_id || ' cannot all hold' as explanation_en,
        'Vergelijk de tabel met haar bron' as remedy_nl,
        'Compare the table with its source' as remedy_en,
        synthetic
    from {{ ref('int_motives__bounds') }}
    where contradiction
    union all by name
    select distinct
        area_type, area_code, period_start, period_end, measure, 'contradiction' as kind, 'high' as severity, source,
        opened, delivery_id,
        'De levering noemt voor eenzelfde cijfer twee waarden' as explanation_nl,
        'The delivery states two values for one figure' as explanation_en,
        'Kies de waarde die in het stuk staat en lever opnieuw' as remedy_nl,
        'Choose the value that stands in the document and deliver again' as remedy_en,
        synthetic
    from contradicted
    union all by name
    select
        'GM' as area_type, area_code, counted_on as period_start, counted_on as period_end, measure,
        'lower_bound' as kind, 'medium' as severity, register as source, counted_on as opened,
        cast(null as varchar) as delivery_id,
        'Van deze datum is geen levering: wie sindsdien vertrok staat niet in de eerstvolgende, dus het aantal is een '
        || 'ondergrens' as explanation_nl,
        'There is no delivery of this date: who left since is not in the next one, so the count is a lower bound'
            as explanation_en,
        'Lever een uittreksel van deze datum na' as remedy_nl,
        'Deliver an extract of this date' as remedy_en,
        synthetic
    from lower_bounds
    union all by name
    select
        area_type, area_code, reference_date as period_start, reference_date as period_end, control as measure,
        'register_control' as kind, severity, case register when 'both' then 'brp, rni' else register end as source,
        reference_date as opened, cast(null as varchar) as delivery_id,
        finding_nl || ' (regel ' || control || ', versie ' || version || '): ' || {{ count_nl('persons') }}
        || ' personen, afgerond' as explanation_nl,
        finding_en || ' (rule ' || control || ', version ' || version || '): ' || {{ count_en('persons') }}
        || ' persons, rounded' as explanation_en,
        remedy_nl, remedy_en, synthetic
    from controlled
    union all by name
    select * from {{ source('catalogue', 'gap') }}
)

select
    area_type, area_code, period_start, period_end, measure, kind, severity, source, delivery_id, opened,
    cast(null as date) as closed, explanation_nl, explanation_en, remedy_nl, remedy_en, synthetic
from found
