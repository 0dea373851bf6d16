-- Counts of persons by municipality and group of origin, and by municipality and length of stay. Never published: the
-- protected form of it is. Margins only; the cross of both axes would need an audit of linked tables.
with persons as (
    select
        *,
        date_sub('month', settled_high, reference_date) as months_low,
        date_sub('month', settled_low, reference_date) as months_high
    from {{ ref('int_persons__on_reference_date') }}
    where base_group <> 'nl'
),

bands as (
    select * from {{ ref('stay_band') }}
),

by_origin as (
    select
        persons.register, persons.reference_date, persons.area_code,
        origin_group.origin_group, 'all' as stay_band, persons.synthetic,
        count(*) filter (where persons.is_certain) as persons_low,
        count(*) as persons_high
    from persons
    inner join {{ ref('origin_group') }} as origin_group using (base_group)
    group by all
),

-- A settlement known by its year only may lie in two bands: it is certain of neither and possible in both.
by_stay as (
    select
        persons.register, persons.reference_date, persons.area_code,
        'all' as origin_group, bands.stay_band, persons.synthetic,
        count(*) filter (
            where persons.is_certain and months_low >= from_months and months_high < to_months
        ) as persons_low,
        count(*) as persons_high
    from persons
    inner join bands
        on
            coalesce(persons.months_high, 99999) >= bands.from_months
            and coalesce(persons.months_low, -1199) < bands.to_months
    where persons.register = 'brp'
    group by all
),

counted as (
    select * from by_origin
    union all by name
    select * from by_stay
),

-- What a delivery covers: all municipalities of its date for NL, itself for a municipality, for a region those in it.
-- Persons were counted once over all of them; the nearest delivery is named as where the count comes from.
covered as (
    select
        delivery.source as register, delivery.reference_date, delivery.delivery_id, delivery.synthetic,
        municipality.municipality_code as area_code
    from {{ ref('stg_catalogue__delivery') }} as delivery
    inner join {{ ref('municipality') }} as municipality
        on
            (municipality.valid_from is null or delivery.reference_date >= municipality.valid_from)
            and (municipality.valid_to is null or delivery.reference_date < municipality.valid_to)
    where
        delivery.standing = 'current'
        and delivery.source in ('brp', 'rni')
        and (
            delivery.scope in ('NL', municipality.municipality_code)
            or municipality.municipality_code in (
                select seen.area_code from persons as seen
                where seen.delivery_id = delivery.delivery_id and not regexp_full_match(delivery.scope, '[0-9]{4}')
            )
        )
    qualify row_number() over (
        partition by delivery.source, delivery.reference_date, municipality.municipality_code, delivery.synthetic
        order by delivery.scope = 'NL', delivery.scope <> municipality.municipality_code, delivery.scope
    ) = 1
),

cells as (
    select distinct origin_group, 'all' as stay_band from {{ ref('origin_group') }}
    where origin_group <> 'nl'
    union all
    select 'all' as origin_group, stay_band from bands
)

select
    covered.register, covered.reference_date, covered.delivery_id, covered.area_code, covered.synthetic,
    cells.origin_group, cells.stay_band,
    coalesce(counted.persons_low, 0) as persons_low,
    coalesce(counted.persons_high, 0) as persons_high
from covered
cross join cells
left join counted using (register, reference_date, area_code, origin_group, stay_band, synthetic)
where covered.register = 'brp' or cells.stay_band = 'all'
