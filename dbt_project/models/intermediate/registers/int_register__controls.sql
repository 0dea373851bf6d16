-- Systematic control of the registers: how many persons of a municipality a rule finds on the date of a delivery, and
-- how many in all (area NL, no date), each person once. The rules and their versions are in the seed register_control.
-- Counts, never lists; unprotected, so never published as they stand.
{% set records = ref('int_person__states') %}
with on_date as (
    select *, counted_on as reference_date from {{ ref('int_states__possible') }}
    where rank = 1
),

-- Who had an open record in the RNI, as its deliveries for the date tell.
in_rni as (
    select
        evidence.counted_on as reference_date, records.person,
        max(records.start_high) as registered_high
    from {{ records }} as records
    inner join {{ ref('int_register__evidence') }} as evidence using (register, delivery_key, area_code)
    where records.register = 'rni' and records.state in ('non_resident', 'left')
    group by all
),

possibly_due as (
    select on_date.* from on_date
    inner join in_rni using (reference_date, person)
    where
        on_date.is_exact and on_date.state = 'temporary_address' and on_date.is_certain
        and in_rni.registered_high <= on_date.counted_on - interval 4 month
        and on_date.last_activity_low >= on_date.counted_on - interval {{ var('rni_recent_months') }} month
),

stale_rni_record as (
    select on_date.* from on_date
    inner join in_rni using (reference_date, person)
    where on_date.is_exact and on_date.state = 'resident' and on_date.is_certain
),

established_absent as (
    select * from on_date
    where is_exact and state = 'resident' and established_absent
),

temporary_address_expired as (
    select * from {{ records }}
    where state = 'temporary_address' and end_high <= reference_date
),

abroad_country_is_dutch as (
    select * from {{ records }}
    where abroad_country_code = '6030' and state in ('left', 'non_resident') and end_low is null
),

birth_year_impossible as (
    select * from {{ records }}
    where
        (birth_year > year(reference_date) or birth_year < year(reference_date) - 120)
        and state in ('resident', 'non_resident') and end_low is null
),

suspended_without_date as (
    select * from {{ records }}
    where
        register = 'brp' and state in ('left', 'deceased', 'in_error') and end_low is null
        and start_low = date '0001-01-01' and area_code <> 'unknown'
),

-- Most persons stand on a date once: the rest is looked at of the others alone.
repeated as (
    select records.* from {{ records }} as records
    where
        records.end_low is null and records.state in ('resident', 'non_resident')
        and (records.reference_date, records.person) in (
            select several.reference_date, several.person from {{ records }} as several
            where several.end_low is null and several.state in ('resident', 'non_resident')
            group by several.reference_date, several.person
            having count(*) > 1
        )
),

double_record as (
    select reference_date, person, synthetic, min(area_code) as area_code from repeated
    group by delivery_key, reference_date, person, synthetic
    having min(locator_row) <> max(locator_row) or min(locator_file) <> max(locator_file)
),

in_two as (
    select reference_date, person from repeated
    where state = 'resident'
    group by reference_date, person
    having min(area_code) <> max(area_code)
),

two_municipalities as (
    select repeated.* from repeated
    inner join in_two using (reference_date, person)
    where repeated.state = 'resident'
),

-- Over both registers: residents and non-residents live at one address.
crowded_address as (
    select on_date.* from on_date
    where
        (on_date.reference_date, on_date.address_key) in (
            select crowd.reference_date, crowd.address_key from on_date as crowd
            where crowd.state in ('resident', 'temporary_address') and crowd.address_key is not null
            group by crowd.reference_date, crowd.address_key
            having count(*) > {{ var('crowded_address_persons') }} and bool_or(crowd.is_exact)
        )
        and on_date.state in ('resident', 'temporary_address')
),

found as (
    {% for control in [
        'possibly_due', 'stale_rni_record', 'established_absent', 'temporary_address_expired',
        'abroad_country_is_dutch', 'birth_year_impossible', 'suspended_without_date', 'double_record',
        'two_municipalities', 'crowded_address'
    ] %}
        select '{{ control }}' as control, reference_date, area_code, synthetic, person from {{ control }}
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select control, reference_date, area_code, synthetic, count(distinct person) as persons
from found
group by all
union all by name
select control, cast(null as date) as reference_date, 'NL' as area_code, synthetic, count(distinct person) as persons
from found
group by all
