-- Whom each figure counts, and from when its figures cannot be compared with those before.
with series_breaks as (
    select
        universe,
        string_agg(since || ': ' || reason_nl, '; ' order by since, reason_nl) as series_breaks_nl,
        string_agg(since || ': ' || reason_en, '; ' order by since, reason_en) as series_breaks_en
    from {{ source('catalogue', 'series_break') }}
    group by universe
)

select
    universe.universe, universe.source, universe.title_nl, universe.title_en, universe.definition_nl,
    universe.definition_en, universe.editions, universe.unit, universe.age, universe.definition_kind,
    series_breaks.series_breaks_nl, series_breaks.series_breaks_en, universe.source_address
from {{ source('catalogue', 'universe') }} as universe
left join series_breaks using (universe)
