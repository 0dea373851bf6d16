-- The Migrantenmonitor's figure of the Netherlands against the sum of its municipalities, as the cells stand by
-- themselves: bounds that follow from the totals would agree with them by themselves. Only where the sum is complete,
-- as the layout and the table say, is it more than a lower bound.
{% set same = [
    'delivery_id', 'table_id', 'edition', 'version', 'universe', 'measure', 'unit', 'measured_as', 'date_precision',
    'period_start', 'period_end', 'origin_group', 'nationality', 'motive', 'employment', 'sector', 'home_area',
    'stay_band', 'synthetic'
] %}
with cells as (
    select * from {{ ref('int_observations__unioned') }}
    where source = 'migrantenmonitor' and unit <> 'percent' and measured_as <> 'average'
),

municipalities as (
    select dates.period_end, count(*) as municipalities
    from (select distinct period_end from cells) as dates
    inner join {{ ref('int_municipality') }} as municipality
        on
            {{ exists_on('municipality', 'dates.period_end') }}
    group by dates.period_end
),

complete as (
    select distinct delivery_id, locator_row, true as is_complete from {{ ref('int_observations__ties') }}
    where dimension = 'area' and is_total and complete
),

added as (
    select
        {% for key in same %}
            cells.{{ key }},
        {% endfor %}
        count(*) as there, any_value(municipalities.municipalities) as municipalities,
        sum(coalesce(cells.low, 0)) as low,
        case when count(cells.high) = count(*) then sum(cells.high) end as high,
        case when count(cells.value) = count(*) then sum(cells.value) end as value,
        case
            when count(*) < any_value(municipalities.municipalities) then 'missing'
            else {{ worst_of('availability', 'cells.availability') }}
        end as availability,
        {{ worst_of('bound_kind', 'cells.bound_kind') }} as bound_kind,
        {{ worst_of('finality', 'cells.finality') }} as finality
    from cells
    inner join municipalities using (period_end)
    where cells.area_type = 'GM'
    group by all
)

select
    'monitor_national_vs_municipalities' as check_name, {{ cell_of('nation') }} as cell,
    'NL' as area_type, 'NL' as area_code, nation.period_start, nation.period_end, nation.date_precision,
    nation.measured_as, nation.unit,
    'Migrantenmonitor, Nederland' as left_nl, 'Migrantenmonitor, the Netherlands' as left_en,
    'Migrantenmonitor, som van ' || added.there || ' van ' || added.municipalities || ' gemeenten' as right_nl,
    'Migrantenmonitor, sum of ' || added.there || ' of ' || added.municipalities || ' municipalities' as right_en,
    nation.value as left_value, nation.low as left_value_low, nation.high as left_value_high,
    case when complete.is_complete then added.value end as right_value, added.low as right_value_low,
    case when complete.is_complete then added.high end as right_value_high,
    cast(0 as double) as allowed,
    'alleen afronding' as allowed_reason_nl, 'rounding only' as allowed_reason_en,
    -- That the sum is too large already shows without the rest.
    case
        when complete.is_complete or nation.high < added.low then null
        when added.there < added.municipalities then 'niet van elke gemeente is er een cijfer'
        else 'de tabel noemt ook wie in geen gemeente is geplaatst, of belooft niet dat de gemeenten het hele land zijn'
    end as undecided_nl,
    case
        when complete.is_complete or nation.high < added.low then null
        when added.there < added.municipalities then 'not every municipality has a figure'
        else 'the table also tells of people placed in no municipality, or does not promise that these are all there is'
    end as undecided_en,
    false as is_upper_bound,
    {{ both_sides('nation', 'added') }}
from cells as nation
inner join added using ({{ same | join(', ') }})
left join complete
    on nation.delivery_id = complete.delivery_id and nation.locator_row = complete.locator_row
where nation.area_type = 'NL'
