-- Every observation, with the bounds that the totals of its table imply where those are tighter. A withheld cell stays
-- withheld, and a published figure stays within its bounds: it was rounded, so it may lie outside of what it can be.
{{ config(materialized='view') }}
select
    cells.* replace (
        case when implied.low is null then cells.low else least(implied.low, cells.value) end as low,
        case when implied.high is null then cells.high else greatest(implied.high, cells.value) end as high,
        coalesce(implied.bound_kind, cells.bound_kind) as bound_kind
    )
from {{ ref('int_observations__unioned') }} as cells
left join {{ ref('int_observations__implied') }} as implied
    on
        cells.delivery_id = implied.delivery_id and cells.locator_row = implied.locator_row
        and implied.contradiction is null
