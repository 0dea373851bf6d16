-- Totals that their parts cannot make up, whatever the rounding hid: the layout of a table says what adds up to what.
-- Parts that are absent or without an upper bound can only show that a total is too small.
{% set dimensions = [
    'origin_group', 'nationality', 'motive', 'employment', 'sector', 'home_area', 'stay_band'
] %}
with sums as (
    select delivery.delivery_id, declared.*
    from {{ ref('stg_catalogue__delivery') }} as delivery
    inner join {{ source('catalogue', 'sum') }} as declared
        on
            delivery.source = declared.source
            and list_contains(string_split(delivery.layout, ', '), declared.layout)
),

cells as (
    select
        source, delivery_id, reference_date, synthetic, edition, version, table_id, universe, measure, unit,
        period_start, period_end, area_type, area_code, locator_sheet, locator_cell, low, high,
        {{ dimensions | join(', ') }}
    from {{ ref('int_observations__unioned') }}
    where availability <> 'not_applicable' and table_id in (select sums.table_id from sums)
),

dates as (
    select distinct period_end from cells
    where area_type = 'NL'
),

-- How many municipalities make up the country on a date.
municipalities as (
    select dates.period_end, count(*) as municipalities
    from dates
    inner join {{ ref('int_municipality') }} as municipality
        on
            coalesce(municipality.valid_from, dates.period_end) <= dates.period_end
            and coalesce(municipality.valid_to, date '9999-12-31') > dates.period_end
    group by dates.period_end
),

compared as (
    {% for dimension in dimensions %}
        select
            whole.* exclude ({{ dimensions | join(', ') }}), sums.sum,
            sum(coalesce(part.low, 0)) as parts_low,
            case
                when bool_and(sums.complete) and count(part.high) = any_value(sums.parts) then sum(part.high)
            end as parts_high
        from cells as whole
        inner join sums
            on
                sums.dimension = '{{ dimension }}'
                and whole.{{ dimension }} = sums.total
                and whole.delivery_id = sums.delivery_id and whole.table_id = sums.table_id
                and whole.edition = sums.edition and sums.version in (whole.version, '')
        inner join cells as part
            on
                sums.part = part.{{ dimension }}
                and whole.delivery_id = part.delivery_id and whole.table_id = part.table_id
                and whole.edition = part.edition and whole.version = part.version
                and whole.universe = part.universe and whole.measure = part.measure and whole.unit = part.unit
                and whole.period_start = part.period_start and whole.period_end = part.period_end
                and whole.area_type = part.area_type and whole.area_code = part.area_code
                {% for other in dimensions if other != dimension %}
                    and whole.{{ other }} = part.{{ other }}
                {% endfor %}
        group by all
        union all
    {% endfor %}
    select
        whole.* exclude ({{ dimensions | join(', ') }}), sums.sum,
        sum(coalesce(part.low, 0)) as parts_low,
        case
            when bool_and(sums.complete) and count(part.high) = any_value(municipalities.municipalities)
                then sum(part.high)
        end as parts_high
    from cells as whole
    inner join municipalities using (period_end)
    inner join sums
        on
            sums.dimension = 'area'
            and whole.area_type = sums.total
            and whole.delivery_id = sums.delivery_id and whole.table_id = sums.table_id
            and whole.edition = sums.edition and sums.version in (whole.version, '')
    inner join cells as part
        on
            sums.part = part.area_type
            and whole.delivery_id = part.delivery_id and whole.table_id = part.table_id
            and whole.edition = part.edition and whole.version = part.version
            and whole.universe = part.universe and whole.measure = part.measure and whole.unit = part.unit
            and whole.period_start = part.period_start and whole.period_end = part.period_end
            {% for other in dimensions %}
                and whole.{{ other }} = part.{{ other }}
            {% endfor %}
    group by all
)

select * from compared
where parts_low > high or parts_high < low
