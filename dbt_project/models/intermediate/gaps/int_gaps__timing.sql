-- Sources whose newest figures have no figures of another source of about the same date beside them.
with dated as (
    select distinct source, scope, reference_date as dated_on, synthetic from {{ ref('stg_catalogue__delivery') }}
    where standing = 'current' and person_level
    union
    select distinct source, 'NL' as scope, period_end as dated_on, synthetic from {{ ref('int_observations__unioned') }}
    where area_type = 'GM' and unit = 'persons' and measure in ('workers', 'residents')
),

-- What covers the country covers each scope.
dates as (
    select distinct scopes.scope, dated.source, dated.dated_on, dated.synthetic
    from dated
    inner join (select distinct scope from dated) as scopes
        on dated.scope = scopes.scope or (dated.scope = 'NL' and regexp_full_match(scopes.scope, '[0-9]{4}'))
),

newest as (
    select scope, source, synthetic, max(dated_on) as dated_on from dates
    group by all
),

apart as (
    select
        newest.scope, newest.source, newest.dated_on, newest.synthetic, declared.other,
        min_by(
            others.dated_on, row(abs(date_diff('day', newest.dated_on, others.dated_on)), others.dated_on)
        ) as nearest_on
    from newest
    inner join {{ source('catalogue', 'in_step') }} as declared using (source)
    inner join dates as others
        on
            declared.other = others.source and newest.scope = others.scope
            and newest.synthetic = others.synthetic
    group by newest.scope, newest.source, newest.dated_on, newest.synthetic, declared.other, declared.days
    having min(abs(date_diff('day', newest.dated_on, others.dated_on))) > declared.days
)

select
    case when apart.scope = 'NL' then 'NL' when regexp_full_match(apart.scope, '[0-9]{4}') then 'GM' else 'unknown' end
        as area_type,
    case when regexp_full_match(apart.scope, 'NL|[0-9]{4}') then apart.scope end as area_code,
    -- The older of the two: it stays while the other goes on.
    least(apart.dated_on, apart.nearest_on) as period_start, least(apart.dated_on, apart.nearest_on) as period_end,
    'residents' as measure, 'out_of_sync' as kind, 'medium' as severity,
    apart.other || ': ' || apart.source as source, cast(null as varchar) as delivery_id,
    greatest(apart.dated_on, apart.nearest_on) as opened,
    source.title_nl || ': de jongste cijfers zijn van ' || apart.dated_on || '. ' || other.title_nl
    || ': het dichtst daarbij ligt ' || apart.nearest_on || '. Zij horen niet bij hetzelfde moment'
        as explanation_nl,
    source.title_en || ': the newest figures are of ' || apart.dated_on || '. ' || other.title_en
    || ': the nearest are of ' || apart.nearest_on || '. They are not of the same moment' as explanation_en,
    'Lever een uittreksel van rond ' || apart.dated_on || ', of vergelijk de twee niet' as remedy_nl,
    'Deliver an extract of about ' || apart.dated_on || ', or do not compare the two' as remedy_en,
    apart.synthetic
from apart
inner join {{ source('catalogue', 'source') }} as source using (source)
inner join {{ source('catalogue', 'source') }} as other on apart.other = other.source
