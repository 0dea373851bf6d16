-- What each person may have been on each date that is counted, over both registers: one row where that is certain, and
-- where dates are incomplete a row for each state they allow. The first in rank is the state that the person is given:
-- everybody has just one on every date. A resident record beats an open record in the RNI. Overlapping deliveries may
-- tell the same twice of who is not certain.
with states as (
    select
        *,
        case state
            when 'resident' then 1
            when 'deceased' then 2
            when 'temporary_address' then 3
            when 'non_resident' then 4
            when 'left' then 5
            else 6
        end as priority
    from {{ ref('int_person__states') }}
    -- A temporary address is that of a non-resident; who emigrated has left.
    where state <> 'temporary_address' or rni_reason = 'R'
),

-- Whom a delivery of the date or a later one tells of. What an older one says is heard only of them, so that a delivery
-- of one municipality asks for the states of its own persons and not of a country's.
told as (
    select distinct evidence.counted_on, states.person
    from states
    inner join {{ ref('int_register__evidence') }} as evidence using (register, delivery_key, area_code)
    where
        not evidence.is_older
        and evidence.counted_on in (
            select older.counted_on from {{ ref('int_register__evidence') }} as older
            where older.is_older
        )
),

-- Who is told of only later was no resident yet.
on_date as (
    select
        evidence.counted_on, states.person, states.register, evidence.is_exact,
        states.scope, states.nationalities, states.synthetic, states.settled_low, states.settled_high,
        states.last_activity_low, states.last_activity_high, states.established_absent, states.technical_start,
        states.address_key,
        states.start_low, states.start_high,
        case when states.start_low <= evidence.counted_on then states.state else 'non_resident' end as state,
        case when states.start_low <= evidence.counted_on then states.area_code else 'unknown' end as area_code,
        case when states.start_low <= evidence.counted_on then states.priority else 7 end as priority,
        -- An end is exclusive.
        states.start_low > evidence.counted_on
        or (
            states.start_high <= evidence.counted_on
            and (states.end_low is null or states.end_low > evidence.counted_on)
        ) as is_certain_alone
    from states
    inner join {{ ref('int_register__evidence') }} as evidence using (register, delivery_key, area_code)
    left join told on evidence.counted_on = told.counted_on and states.person = told.person
    where
        (states.end_high is null or states.end_high > evidence.counted_on)
        and (not evidence.is_older or told.person is not null)
),

ranked as (
    select
        *,
        row_number() over of_person as rank,
        -- Whatever comes after a state that is certain is not possible.
        coalesce(count_if(is_certain_alone) over (
            of_person rows between unbounded preceding and 1 preceding
        ), 0) as certain_before
    from on_date
    window of_person as (
        partition by counted_on, person
        order by
            priority asc, is_certain_alone desc, is_exact desc, start_high desc, scope = 'NL' asc, scope asc,
            area_code asc, start_low asc
    )
)

select
    ranked.* exclude (certain_before, is_certain_alone, priority, scope),
    ranked.rank = 1 and ranked.is_certain_alone as is_certain,
    nationality.base_group
from ranked
inner join {{ ref('int_nationality__groups') }} as nationality using (nationalities, counted_on)
where ranked.certain_before = 0
