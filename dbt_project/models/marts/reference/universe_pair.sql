-- How two universes relate, and why. Two universes without a row here are never compared.
select
    workers_universe, residents_universe, same_definition, relation, relation_claimed,
    reason_nl, reason_en, preference, source
from {{ source('catalogue', 'universe_pair') }}
