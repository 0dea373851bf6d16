{# Counts of municipalities on the borders of another day (docs/decisions/0016).

   relation: has area_type, area_code, availability, bound_kind, finality, computed and of each figure x, x_low, x_high.
   figures: whole numbers that may be added. lists: columns whose lists are put one after the other. keys: what rows must
   share to be one table; with area_code they tell every row from every other. on: the day on whose borders a row
   stands. to: the day on whose borders it shall stand.

   Gives the rows of municipalities that are the same on both days as they are, and the others added up from their
   parts: a part that goes over whole adds its value and bounds, a divided one its share of the value, and of the bounds
   nought and the upper one, for inhabitants are not migrants. What is neither key nor figure is empty there: a rate is
   not restated. No parts but some of them is missing and not nought. #}
{% macro restated(relation, figures, keys, on='period_end', to=none, lists=[]) -%}
{%- set part_of -%}
    figures.area_type = 'GM'
    and figures.area_code = parts.from_code
    and figures.stood_on = parts.stood_on
    and figures.restated_to = parts.restated_to
{%- endset -%}
with figures as (
    select
        figures.*,
        {% if on == 'period_end' %}
            -- A code that ended within the period shows that its table stands on the borders of the beginning.
            case
                when bool_or(ended.municipality_code is not null) over (partition by {{ keys | join(', ') }})
                    then period_start
                else period_end
            end as stood_on,
        {% else %}
            {{ on }} as stood_on,
        {% endif %}
        {{ to or as_of() }} as restated_to
    from {{ relation }} as figures
    {% if on == 'period_end' %}
        left join {{ ref('int_municipality') }} as ended
            on
                figures.area_type = 'GM' and figures.area_code = ended.municipality_code
                and figures.period_start < ended.valid_to and figures.period_end >= ended.valid_to
    {% endif %}
),

-- Looked up once for each place and pair of days, not for each figure.
parts as (
    select places.*, parts.* exclude (from_start, from_end, to_start, to_end)
    from (select distinct area_code, stood_on, restated_to from figures where area_type = 'GM') as places
    inner join {{ ref('int_municipality__parts') }} as parts
        on
            places.area_code = parts.from_code
            and places.stood_on >= parts.from_start
            and places.stood_on < parts.from_end
            and places.restated_to >= parts.to_start
            and places.restated_to < parts.to_end
),

-- Of a part that was delivered twice one counts.
of_parts as (
    select figures.*, parts.to_code, parts.is_whole, parts.share, parts.part_count
    from figures
    inner join parts
        on {{ part_of }}
    qualify row_number() over (
        partition by parts.to_code, figures.area_code, {% for key in keys %}figures.{{ key }}{{ ', ' if not loop.last }}{% endfor %}

        order by figures.delivery_id
    ) = 1
),

added as (
    select
        'GM' as area_type, to_code as area_code,
        {% for key in keys %}{{ key }}, {% endfor %}
        {% if 'delivery_id' not in keys %}
            string_agg(distinct delivery_id, ' + ' order by delivery_id) as delivery_id,
        {% endif %}
        {% for column in lists %}
            flatten(list({{ column }} order by area_code)) as {{ column }},
        {% endfor %}
        true as computed,
        count(*) = any_value(part_count) as is_complete,
        bool_and(is_whole) as is_whole,
        {{ worst_of('availability', 'availability') }} as availability,
        {{ worst_of('bound_kind', 'bound_kind') }} as bound_kind,
        {{ worst_of('finality', 'finality') }} as finality,
        {% for figure in figures %}
            {% set value -%}
                case
                    when is_whole then {{ figure }}
                    when {{ figure }}_high = 0 then 0
                    else {{ figure }} * share
                end
            {%- endset %}
            case when count({{ value }}) = count(*) then cast(round(sum({{ value }})) as bigint) end as {{ figure }},
            cast(sum(case when is_whole then {{ figure }}_low else 0 end) as bigint) as {{ figure }}_low,
            case
                when count({{ figure }}_high) = count(*) then cast(sum({{ figure }}_high) as bigint)
            end as {{ figure }}_high{{ ',' if not loop.last }}
        {% endfor %}
    from of_parts
    group by all
)

select figures.* exclude (stood_on, restated_to) from figures
anti join parts
    on {{ part_of }}
union all by name
select
    * exclude (is_complete, is_whole)
    replace (
        case when is_complete then availability else 'missing' end as availability,
        case
            when not is_complete then 'none'
            when is_whole then bound_kind
            else {{ worse('bound_kind', 'bound_kind', "'weights'") }}
        end as bound_kind,
        {% for figure in figures %}
            case when is_complete then {{ figure }} end as {{ figure }},
            case when is_complete then {{ figure }}_high end as {{ figure }}_high{{ ',' if not loop.last }}
        {% endfor %}
    )
from added
{%- endmacro %}

{# The day of the run: the `_current` tables stand on its borders. #}
{% macro as_of() -%}
(select run.as_of from {{ source('catalogue', 'run') }} as run)
{%- endmacro %}
