-- The figures by which municipalities are compared: workers, residents, gap and registered share of every comparison
-- that stands, as counted and per 1,000 inhabitants and jobs.
{% set counts = "(select * from " ~ ref('int_peers__sizes') ~ " where of_what in ('residents', 'jobs'))" %}
-- Of one comparison in two deliveries the newer counts.
with comparisons as (
    select * from {{ ref('registration_gap') }}
    where origin_group = 'all' and not superseded
    qualify row_number() over (
        partition by
            municipality_code, reporting_year, workers_universe, residents_universe, edition, version, synthetic
        order by reference_date desc, delivery_id asc
    ) = 1
),

counted as (
    {% for measure in ['workers', 'residents', 'gap', 'registered_share'] %}
        select
            municipality_code, municipality_name, reporting_year, '{{ measure }}' as measure, 'count' as per,
            case '{{ measure }}' when 'registered_share' then 'percent' else unit end as unit,
            workers_universe, residents_universe, universe, edition, version, synthetic, delivery_id,
            bound_kind, availability, finality,
            cast({{ measure }} as double) as value,
            cast({{ measure }}_low as double) as value_low,
            cast({{ measure }}_high as double) as value_high
        from comparisons
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

sizes as (
    {{ restated(
        counts, ['number'], ['of_what', 'reporting_year', 'borders_of', 'source', 'edition', 'synthetic'],
        on='borders_of', to='make_date(reporting_year, 12, 31)'
    ) }}
),

-- A share is a ratio already. A gap may be negative: which bound of the size makes it least depends on its sign.
per_thousand as (
    select
        counted.* replace (
            case sizes.of_what when 'jobs' then '1,000 jobs' else '1,000 residents' end as per,
            1000 * (counted.value / sizes.number) as value,
            1000 * least(counted.value_low / sizes.number_low, counted.value_low / sizes.number_high) as value_low,
            1000 * greatest(counted.value_high / sizes.number_low, counted.value_high / sizes.number_high)
                as value_high,
            {{ worse('bound_kind', 'counted.bound_kind', 'sizes.bound_kind') }} as bound_kind,
            {{ worse('finality', 'counted.finality', 'sizes.finality') }} as finality
        )
    from counted
    inner join sizes
        on
            counted.municipality_code = sizes.area_code
            and counted.reporting_year = sizes.reporting_year
            and counted.synthetic = sizes.synthetic
    where counted.measure <> 'registered_share' and sizes.number_low > 0 and sizes.number_high is not null
)

select * from counted
union all by name
select * from per_thousand
