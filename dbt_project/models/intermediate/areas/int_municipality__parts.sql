-- Of which municipalities on one day's borders a municipality on another day's is made, with the share of their
-- inhabitants, in both directions and over chains of changes. Only where that is another than itself: who is not here
-- stayed as it was. Between two changes borders stand still, so days are given as the first and the day after the last.
{{ config(materialized='table') }}
with recursive starts as (
    select changed_on as start_on from {{ ref('int_municipality__changes') }}
    union
    select cast('0001-01-01' as date) as start_on
),

stands as (
    select
        row_number() over (order by start_on) as stand,
        start_on,
        lead(start_on, 1, cast('9999-12-31' as date)) over (order by start_on) as end_on
    from starts
),

changes as (
    select stands.stand, changes.*
    from {{ ref('int_municipality__changes') }} as changes
    inner join stands on changes.changed_on = stands.start_on
),

existing as (
    select stands.stand, municipality.municipality_code as code
    from stands
    inner join {{ ref('int_municipality') }} as municipality
        on
            coalesce(stands.end_on > municipality.valid_from, true)
            and coalesce(stands.end_on <= municipality.valid_to, true)
    where
        municipality.municipality_code in (
            select one.old_code from changes as one
            union
            select one.new_code from changes as one
        )
),

-- Who stood on both sides of a change and gave itself up to nobody goes on, whatever it received.
goes_on as (
    select later.stand, later.code
    from existing as later
    inner join existing as earlier
        on later.stand = earlier.stand + 1 and later.code = earlier.code
),

came_from as (
    select stand, new_code as code, old_code as next_code, inhabitants_moved from changes
    union all by name
    select stand, code, code as next_code from goes_on
),

steps as (
    select stand - 1 as stand, old_code as code, stand as next_stand, new_code as next_code, share from changes
    union all
    select stand - 1 as stand, code, stand as next_stand, code as next_code, 1 as share from goes_on
    union all
    -- Backwards a municipality divides into what it was made of. How many lived in the part that went on is not known.
    select
        stand, code, stand - 1 as next_stand, next_code,
        case
            when count(*) over made = 1 then 1
            when count(inhabitants_moved) over made = count(*) over made
                then inhabitants_moved / nullif(sum(inhabitants_moved) over made, 0)
        end as share
    from came_from
    window made as (partition by stand, code)
),

walk as (
    select stand as from_stand, code as from_code, stand as to_stand, code as to_code, cast(1 as double) as share
    from existing
    union all
    select
        walk.from_stand, walk.from_code, steps.next_stand as to_stand, steps.next_code as to_code,
        walk.share * steps.share as share
    from walk
    inner join steps
        on
            walk.to_stand = steps.stand
            and walk.to_code = steps.code
            and (steps.next_stand - steps.stand) * (walk.to_stand - walk.from_stand) >= 0
),

related as (
    select
        from_stand, from_code, to_stand, to_code,
        case when count(share) = count(*) then sum(share) end as share,
        count(*) over (partition by from_stand, to_stand, from_code) as receivers,
        count(*) over (partition by from_stand, to_stand, to_code) as part_count
    from walk
    where from_stand <> to_stand
    group by from_stand, from_code, to_stand, to_code
)

select
    from_stand.start_on as from_start, from_stand.end_on as from_end, related.from_code,
    to_stand.start_on as to_start, to_stand.end_on as to_end, related.to_code,
    case when related.receivers = 1 then 1 else related.share end as share,
    related.receivers = 1 as is_whole,
    related.part_count
from related
inner join stands as from_stand on related.from_stand = from_stand.stand
inner join stands as to_stand on related.to_stand = to_stand.stand
where related.receivers > 1 or related.part_count > 1 or related.from_code <> related.to_code
