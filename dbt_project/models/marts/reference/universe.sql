-- Whom each figure counts.
select
    universe, source, title_nl, title_en, definition_nl, definition_en, unit, age, definition_kind
from {{ source('catalogue', 'universe') }}
