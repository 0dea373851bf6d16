-- Systematic control of the registers: how many persons of a municipality a rule finds in a delivery. The rules and
-- their versions are in the seed register_control. Counts, never lists; unprotected, so never published as they stand.
with records as (
    select * from {{ ref('int_person__states') }}
),

on_date as (
    select *, counted_on as reference_date from {{ ref('int_states__possible') }}
    where is_exact and rank = 1
),

in_rni as (
    select
        person, synthetic,
        max(start_high) as registered_high
    from records
    where register = 'rni' and state in ('non_resident', 'left')
    group by person, synthetic
),

possibly_due as (
    select 'possibly_due' as control, on_date.reference_date, on_date.area_code, on_date.synthetic, count(*) as persons
    from on_date
    inner join in_rni using (person, synthetic)
    where
        on_date.state = 'temporary_address' and on_date.is_certain
        and in_rni.registered_high <= on_date.counted_on - interval 4 month
        and on_date.last_activity_low >= on_date.counted_on - interval {{ var('rni_recent_months') }} month
    group by all
),

stale_rni_record as (
    select
        'stale_rni_record' as control, on_date.reference_date, on_date.area_code, on_date.synthetic,
        count(*) as persons
    from on_date
    inner join in_rni using (person, synthetic)
    where on_date.state = 'resident' and on_date.is_certain
    group by all
),

established_absent as (
    select 'established_absent' as control, reference_date, area_code, synthetic, count(*) as persons
    from on_date
    where state = 'resident' and established_absent
    group by all
),

temporary_address_expired as (
    select 'temporary_address_expired' as control, reference_date, area_code, synthetic, count(*) as persons
    from records
    where state = 'temporary_address' and end_high <= reference_date
    group by all
),

abroad_country_is_dutch as (
    select 'abroad_country_is_dutch' as control, reference_date, area_code, synthetic, count(*) as persons
    from records
    where abroad_country_code = '6030' and state in ('left', 'non_resident') and end_low is null
    group by all
),

birth_year_impossible as (
    select 'birth_year_impossible' as control, reference_date, area_code, synthetic, count(*) as persons
    from records
    where
        (birth_year > year(reference_date) or birth_year < year(reference_date) - 120)
        and state in ('resident', 'non_resident') and end_low is null
    group by all
),

suspended_without_date as (
    select 'suspended_without_date' as control, reference_date, area_code, synthetic, count(*) as persons
    from records
    where
        register = 'brp' and state in ('left', 'deceased', 'in_error') and end_low is null
        and start_low = date '0001-01-01' and area_code <> 'unknown'
    group by all
),

current as (
    select reference_date, delivery_key, synthetic, area_code, state, locator_file, locator_row, person from records
    where end_low is null and state in ('resident', 'non_resident')
),

-- Most persons stand on a date once: the rest is looked at of the others alone.
repeated as (
    select current.* from current
    where (current.reference_date, current.person) in (
        select several.reference_date, several.person from current as several
        group by several.reference_date, several.person
        having count(*) > 1
    )
),

doubles as (
    select delivery_key, reference_date, person, synthetic, min(area_code) as area_code from repeated
    group by delivery_key, reference_date, person, synthetic
    having min(locator_row) <> max(locator_row) or min(locator_file) <> max(locator_file)
),

double_record as (
    select 'double_record' as control, reference_date, area_code, synthetic, count(*) as persons from doubles
    group by all
),

in_two as (
    select reference_date, person, synthetic, min(area_code) as one, max(area_code) as other from repeated
    where state = 'resident'
    group by reference_date, person, synthetic
    having min(area_code) <> max(area_code)
),

in_each as (
    select reference_date, one as area_code, synthetic from in_two
    union all
    select reference_date, other as area_code, synthetic from in_two
),

two_municipalities as (
    select 'two_municipalities' as control, reference_date, area_code, synthetic, count(*) as persons from in_each
    group by all
),

addresses as (
    select
        delivery_key, address_key, count(*) as persons, min(reference_date) as reference_date,
        min(area_code) as area_code, bool_and(synthetic) as synthetic
    from records
    where
        address_key is not null and state in ('resident', 'temporary_address')
        and (end_low is null or end_low > reference_date)
    group by delivery_key, address_key
    having count(*) > {{ var('crowded_address_persons') }}
),

crowded_address as (
    select 'crowded_address' as control, reference_date, area_code, synthetic, sum(persons) as persons from addresses
    group by all
),

found as (
    {% for control in [
        'possibly_due', 'stale_rni_record', 'established_absent', 'temporary_address_expired',
        'abroad_country_is_dutch', 'birth_year_impossible', 'suspended_without_date', 'double_record',
        'two_municipalities', 'crowded_address'
    ] %}
        select control, reference_date, area_code, synthetic, persons from {{ control }}
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select control, reference_date, area_code, synthetic, cast(sum(persons) as bigint) as persons
from found
group by all
