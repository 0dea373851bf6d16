-- Whom each figure counts.
select
    universe, source, title_nl, title_en, definition_nl, definition_en, editions, unit, age, definition_kind,
    source_address
from {{ source('catalogue', 'universe') }}
