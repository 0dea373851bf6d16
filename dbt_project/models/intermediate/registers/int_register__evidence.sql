-- Which deliveries tell of an area on a date that is counted: those of the date itself, else the next after it (in
-- which who left before is missing), else the last before it (which is known, but counts nobody). Dates that are
-- counted: the reference dates of deliveries, and those asked for in register_dates.
with dates as (
    select distinct register, reference_date as counted_on, synthetic from {{ ref('int_register__coverage') }}
    {% for day in var('register_dates') %}
        union
        select distinct register, date '{{ day }}' as counted_on, synthetic from {{ ref('int_register__coverage') }}
    {% endfor %}
),

-- Both registers are looked at on every date, because a person's state follows from both.
every_date as (
    select distinct counted_on, synthetic from dates
),

told as (
    select
        every_date.counted_on, coverage.*,
        coverage.reference_date = every_date.counted_on as is_exact,
        coverage.reference_date < every_date.counted_on as is_older
    from every_date
    inner join {{ ref('int_register__coverage') }} as coverage
        on
            every_date.synthetic = coverage.synthetic
            and (coverage.valid_from is null or every_date.counted_on >= coverage.valid_from)
)

select counted_on, register, area_code, delivery_id, delivery_key, scope, reference_date, synthetic, is_exact, is_older
from told
qualify rank() over (
    partition by counted_on, synthetic, register, area_code, case when area_code = 'unknown' then scope end
    order by is_older, abs(date_diff('day', counted_on, reference_date))
) = 1
