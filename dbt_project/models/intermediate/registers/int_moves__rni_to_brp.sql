-- Persons who became residents in the twelve months before a date that is counted, after they had been registered as
-- non-residents: when that was, and how long the RNI had held them.
with non_residents as (
    select
        person,
        min(start_low) as registered_low,
        min(start_high) as registered_high
    from {{ ref('int_person__states') }}
    where register = 'rni' and state = 'non_resident' and rni_reason = 'R'
    group by person
)

select
    arrivals.*,
    date_sub('month', non_residents.registered_high, arrivals.start_low) as months_low,
    date_sub('month', non_residents.registered_low, arrivals.start_high) as months_high
from {{ ref('int_states__possible') }} as arrivals
inner join non_residents using (person)
where
    arrivals.state = 'resident'
    and not arrivals.technical_start
    and arrivals.start_high > arrivals.counted_on - interval 12 month
    and non_residents.registered_low < arrivals.start_high
