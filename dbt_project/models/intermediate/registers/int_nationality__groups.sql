-- The one group of origin that counts for each combination of nationalities on each date that is counted.
with combinations as (
    select distinct nationalities from {{ ref('stg_brp__person') }}
    union
    select distinct nationalities from {{ ref('stg_rni__person') }}
),

dates as (
    select distinct counted_on from {{ ref('int_register__evidence') }}
),

nationalities as (
    select
        combinations.nationalities, dates.counted_on,
        unnest(string_split(case when nationalities = '' then '0000' else nationalities end, ' ')) as nationality_code
    from combinations
    cross join dates
)

-- Of several nationalities the first of this order counts: Dutch, then the freest right to work here.
select
    nationalities.nationalities, nationalities.counted_on,
    arg_min(on_date.base_group, list_position(
        ['nl', 'moe', 'other_eu', 'efta', 'ukraine', 'third_country', 'unknown'], on_date.base_group
    )) as base_group
from nationalities
inner join {{ ref('int_nationality__on_date') }} as on_date
    on nationalities.nationality_code = on_date.nationality_code and nationalities.counted_on = on_date.on_date
group by nationalities.nationalities, nationalities.counted_on
