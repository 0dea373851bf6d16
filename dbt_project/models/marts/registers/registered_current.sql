-- Persons in a register, on the borders of the day of the run. Of a protected count that is divided only the bounds are
-- left: its share would be a count that nobody rounded.
with restated as (
    {{ restated(
        ref('registered'), ['persons'],
        ['period_start', 'period_end', 'date_precision', 'measured_as', 'register', 'origin_group', 'stay_band',
        'unit', 'universe', 'edition', 'version', 'synthetic']
    ) }}
),

public as (
    select universe from {{ ref('universe') }}
    where source = 'statline'
)

select
    restated.* replace (
        case when bound_kind <> 'weights' or public.universe is not null then persons end as persons
    )
from restated
left join public using (universe)
