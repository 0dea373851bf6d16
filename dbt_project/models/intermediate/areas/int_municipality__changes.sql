-- Who went over into whom, on which day, with how large a part of the inhabitants: the shipped changes, and those that
-- CBS tells (70739ned). What a municipality's own text tells of its end replaces what is shipped of that day, and its
-- later ends are added. Who received cannot tell whether the giver ended: of its text the inhabitants are taken, for
-- changes that are shipped. Anything else is a disagreement. What was made up is left out: real figures would be
-- restated by it.
with newest as (
    select * from {{ ref('int_observations__unioned') }}
    where measure = 'inhabitants_moved' and not synthetic
    qualify reference_date = max(reference_date) over ()
),

stated as (
    select
        period_start as changed_on, area_code as old_code, other_area_code as new_code,
        cast(max(value) as bigint) as inhabitants_moved, max(quote) as new_name, 'CBS 70739ned' as source,
        -- The reader's locator is the municipality whose text it is.
        bool_or(change in ('ended', 'renamed') and locator_cell = 'GM' || area_code) as is_told_by_giver
    from newest
    where area_code <> other_area_code
    group by all
),

chosen as (
    select stated.*
    from stated
    left join (select distinct effective_date, old_code from {{ ref('municipality_event') }}) as shipped
        on stated.changed_on = shipped.effective_date and stated.old_code = shipped.old_code
    where
        stated.is_told_by_giver
        and (
            shipped.old_code is not null
            or stated.changed_on > (select max(event.effective_date) from {{ ref('municipality_event') }} as event)
        )
),

united as (
    select changed_on, old_code, new_code, new_name, inhabitants_moved, source from chosen
    union all by name
    select
        shipped.effective_date as changed_on, shipped.old_code, shipped.new_code, shipped.source,
        coalesce(stated.inhabitants_moved, shipped.inhabitants_moved) as inhabitants_moved
    from {{ ref('municipality_event') }} as shipped
    left join stated
        on
            shipped.effective_date = stated.changed_on
            and shipped.old_code = stated.old_code
            and shipped.new_code = stated.new_code
    anti join chosen on shipped.effective_date = chosen.changed_on and shipped.old_code = chosen.old_code
),

weighed as (
    select
        *,
        count(*) over giver as receivers,
        count(inhabitants_moved) over giver as known,
        sum(inhabitants_moved) over giver as inhabitants
    from united
    window giver as (partition by old_code, changed_on)
)

select
    changed_on, old_code, new_code, new_name, inhabitants_moved,
    case
        when receivers = 1 then 1
        when known = receivers and inhabitants > 0 then inhabitants_moved / cast(inhabitants as double)
    end as share,
    source
from weighed
