-- Where CBS and the graph of changes differ: municipalities of a year, and changes that only one of them has.
with areas as (
    select distinct period_start as on_date, area_code as municipality_code, delivery_id
    from {{ ref('int_observations__unioned') }}
    where measure = 'lies_in' and area_type = 'GM' and not synthetic
),

years as (
    select distinct on_date, delivery_id from areas
),

here as (
    select years.on_date, years.delivery_id, municipality.municipality_code
    from years
    inner join {{ ref('int_municipality') }} as municipality
        on
            coalesce(years.on_date >= municipality.valid_from, true)
            and coalesce(years.on_date < municipality.valid_to, true)
),

stated as (
    select distinct period_start as on_date, area_code as municipality_code, delivery_id
    from {{ ref('int_observations__unioned') }}
    where
        measure = 'inhabitants_moved' and change in ('ended', 'renamed') and not synthetic
        and area_code <> other_area_code
        and period_start >= (select min(event.effective_date) from {{ ref('municipality_event') }} as event)
    qualify reference_date = max(reference_date) over ()
),

changes as (
    select distinct changed_on as on_date, old_code as municipality_code from {{ ref('int_municipality__changes') }}
)

select municipality_code, on_date, 'municipality_only_at_cbs' as finding, delivery_id
from areas anti join here using (on_date, municipality_code)
union all by name
select municipality_code, on_date, 'municipality_not_at_cbs' as finding, delivery_id
from here anti join areas using (on_date, municipality_code)
union all by name
select municipality_code, on_date, 'change_only_at_cbs' as finding, delivery_id
from stated anti join changes using (on_date, municipality_code)
union all by name
select changes.municipality_code, changes.on_date, 'change_not_at_cbs' as finding, told.delivery_id
from changes
cross join (select distinct delivery_id from stated) as told
anti join stated using (on_date, municipality_code)
