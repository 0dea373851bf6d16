-- How far apart municipalities lie by size, density, jobs per inhabitant and province, each in its newest year: the
-- root of the mean square of the differences in standard deviations. Size, density and jobs differ by factors, so their
-- logarithms count; another province counts as one standard deviation. What is not known of both does not count.
with newest as (
    select area_code, synthetic, of_what, number
    from {{ ref('int_peers__sizes') }}
    where number > 0
    qualify row_number() over (partition by area_code, synthetic, of_what order by reporting_year desc) = 1
),

traits as (
    select area_code, synthetic, 'size' as trait, ln(number) as value from newest
    where of_what = 'residents'
    union all
    select area_code, synthetic, 'density' as trait, ln(number) as value from newest
    where of_what = 'density'
    union all
    select jobs.area_code, jobs.synthetic, 'jobs' as trait, ln(jobs.number / residents.number) as value
    from newest as jobs
    inner join newest as residents
        on
            jobs.area_code = residents.area_code and jobs.synthetic = residents.synthetic
            and jobs.of_what = 'jobs' and residents.of_what = 'residents'
),

standardised as (
    select
        area_code, synthetic, trait,
        (value - avg(value) over of_trait) / nullif(stddev_pop(value) over of_trait, 0) as z
    from traits
    where
        area_code in (
            select municipality.municipality_code from {{ ref('int_municipality') }} as municipality
            where
                {{ exists_on('municipality', as_of()) }}
        )
    window of_trait as (partition by synthetic, trait)
),

provinces as (
    select municipality_code as area_code, min(area_code) as province from {{ ref('int_municipality__regions') }}
    where area_type = 'PV'
    group by municipality_code
),

compared as (
    select one.area_code, other.area_code as peer_code, one.synthetic, one.trait, (one.z - other.z) ** 2 as square
    from standardised as one
    inner join standardised as other
        on one.trait = other.trait and one.synthetic = other.synthetic and one.area_code <> other.area_code
    union all
    select
        one.area_code, other.area_code as peer_code, one.synthetic, 'province' as trait,
        case when here.province = there.province then 0 else 1 end as square
    from standardised as one
    inner join standardised as other
        on one.trait = other.trait and one.synthetic = other.synthetic and one.area_code <> other.area_code
    inner join provinces as here on one.area_code = here.area_code
    inner join provinces as there on other.area_code = there.area_code
    where one.trait = 'size'
),

words (trait, trait_nl, trait_en) as (
    values
    ('size', 'aantal inwoners', 'number of inhabitants'),
    ('density', 'dichtheid', 'density'),
    ('jobs', 'banen per inwoner', 'jobs per inhabitant'),
    ('province', 'provincie', 'province')
),

nearest as (
    select
        area_code, peer_code, synthetic,
        -- Rounded, so that the order of adding decides nothing.
        round(sqrt(avg(square)), 3) as distance
    from compared
    where square is not null
    group by area_code, peer_code, synthetic
    -- Without a size nobody is alike.
    having bool_or(trait = 'size')
    qualify row_number() over (
        partition by area_code, synthetic order by distance, peer_code
    ) <= {{ var('similar_peers') }}
)

select
    area_code as municipality_code, peer_code, synthetic, nearest.distance,
    string_agg(words.trait_nl, ', ' order by trait) as traits_nl,
    string_agg(words.trait_en, ', ' order by trait) as traits_en
from nearest
inner join compared using (area_code, peer_code, synthetic)
inner join words using (trait)
where compared.square is not null
group by all
