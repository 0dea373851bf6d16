-- The own extract of the BRP against CBS's residents without Dutch nationality, by group of origin, each with the
-- figures of CBS that are nearest in time. Between two dates people come and go: as many as CBS counted in the years
-- between, if it did; moves within the country, births, deaths and naturalisation are not in that, so what goes beyond
-- it is not known to be wrong. The number of rows that cannot be read leaves protected too.
{{ config(meta={'looks_up': ['stg_catalogue__delivery']}) }}
with own as (
    select
        counted.counted_on, counted.area_code, counted.origin_group, counted.universe,
        cast(counted.counted_on as varchar) as edition, '1' as version, counted.delivery_id, counted.availability,
        counted.bound_kind, 'final' as finality, counted.synthetic,
        counted.persons as value, counted.persons_low as low, counted.persons_high as high,
        {{ rejected_rows('delivery') }}
    from {{ ref('int_registered__protected') }} as counted
    left join {{ ref('stg_catalogue__delivery') }} as delivery using (delivery_id)
    where counted.universe = 'brp_residents_foreign_nationality' and counted.stay_band = 'all'
),

published as (
    select * from {{ ref('int_observations__by_origin') }}
    where measure = 'residents' and universe = 'statline_residents_nationality_foreign' and area_type = 'GM'
),

nearest as (
    select
        own.counted_on, published.*,
        abs(date_diff('day', own.counted_on, published.period_start)) as days,
        year(least(own.counted_on, published.period_start)) as first_year,
        year(greatest(own.counted_on, published.period_start) - interval 1 day) as last_year
    from own
    inner join published
        on
            own.area_code = published.area_code and own.origin_group = published.origin_group
            and own.synthetic = published.synthetic
    qualify row_number() over (
        partition by own.counted_on, own.area_code, own.origin_group, own.synthetic, published.edition
        order by days asc, published.period_start asc, published.version desc, published.delivery_id asc
    ) = 1
),

-- Arrivals and departures of a year together; unknown if one of the two is.
moves as (
    select
        area_code, origin_group, synthetic, year(period_start) as year,
        case when count(distinct measure) = 2 and count(high) = count(*) then sum(high) end as moved
    from (
        select * from {{ ref('int_observations__by_origin') }}
        where measure in ('arrivals', 'departures') and area_type = 'GM' and date_precision = 'year'
        qualify row_number() over (
            partition by area_code, origin_group, synthetic, period_start, measure
            order by version desc, delivery_id asc
        ) = 1
    ) as flows
    group by all
),

moved as (
    select
        nearest.counted_on, nearest.area_code, nearest.origin_group, nearest.synthetic, nearest.edition,
        case when count(moves.moved) = any_value(nearest.last_year - nearest.first_year + 1) then sum(moves.moved) end
            as moved
    from nearest
    inner join moves
        on
            nearest.area_code = moves.area_code and nearest.origin_group = moves.origin_group
            and nearest.synthetic = moves.synthetic
            and moves.year between nearest.first_year and nearest.last_year
    group by all
),

-- The evening of 31 December is the morning of 1 January. A row that cannot be read may be a resident of anywhere.
allowances as (
    select
        nearest.*, own.rejected_high + case when nearest.days <= 1 then 0 else moved.moved end as allowed
    from nearest
    left join moved using (counted_on, area_code, origin_group, synthetic, edition)
    inner join own using (counted_on, area_code, origin_group, synthetic)
)

select
    'own_brp_vs_cbs' as check_name, 'residents, ' || own.origin_group as cell,
    'GM' as area_type, own.area_code,
    least(own.counted_on, nearest.period_start) as period_start,
    greatest(own.counted_on, nearest.period_start) as period_end,
    'day' as date_precision, 'stock' as measured_as, 'persons' as unit,
    'BRP-uittreksel van ' || own.counted_on as left_nl, 'BRP extract of ' || own.counted_on as left_en,
    'CBS op ' || nearest.period_start as right_nl, 'CBS on ' || nearest.period_start as right_en,
    {{ two_figures('own', 'nearest') }},
    cast(nearest.allowed as double) as allowed,
    {{ allowed_by_rejected('own', 'nl') }}
    || case
        when nearest.days <= 1 then ''
        else
            '; wie volgens het CBS in de jaren daartussen uit het buitenland kwam of daarheen vertrok; verhuizingen'
            || ' binnen Nederland, geboorte, sterfte en naturalisatie zitten daar niet in'
    end as allowed_reason_nl,
    {{ allowed_by_rejected('own', 'en') }}
    || case
        when nearest.days <= 1 then ''
        else
            '; who came from abroad or left for it in the years between, says CBS; moves within the Netherlands,'
            || ' births, deaths and naturalisation are not in it'
    end as allowed_reason_en,
    case
        when nearest.days <= 1 then null
        when nearest.allowed is null
            then 'de datums verschillen en hoeveel mensen er tussen kwamen en gingen is niet bekend'
        when nearest.low - own.high > nearest.allowed or own.low - nearest.high > nearest.allowed
            then
                'de datums verschillen en hoeveel mensen ertussen binnen Nederland verhuisden, geboren werden,'
                || ' stierven of Nederlander werden is niet bekend'
    end as undecided_nl,
    case
        when nearest.days <= 1 then null
        when nearest.allowed is null
            then 'the dates differ and how many people came and went between them is not known'
        when nearest.low - own.high > nearest.allowed or own.low - nearest.high > nearest.allowed
            then
                'the dates differ and how many people moved within the Netherlands, were born, died or became Dutch'
                || ' between them is not known'
    end as undecided_en,
    false as is_upper_bound,
    {{ both_sides('own', 'nearest') }}
from own
inner join allowances as nearest
    on
        own.counted_on = nearest.counted_on and own.area_code = nearest.area_code
        and own.origin_group = nearest.origin_group and own.synthetic = nearest.synthetic
