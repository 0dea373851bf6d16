{# No two rows of a table share its grain. Nulls are values here: an unknown start is one start. #}
{% test grain(model, columns) %}
select {{ columns | join(', ') }}, count(*) as copies
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{# Every row tells these columns. #}
{% test complete(model, columns) %}
select *
from {{ model }}
where {{ columns | join(' is null or ') }} is null
{% endtest %}

{# The universes that a row names are declared and its deliveries were landed; where it rests on two, both. #}
{% test known(model, universes=['universe'], deliveries=['delivery_id']) %}
with named as (
    {% for column in universes %}
        select unnest(string_split({{ column }}, ' + ')) as name, true as is_universe from {{ model }}
        {{ 'union' if not loop.last or deliveries }}
    {% endfor %}
    {% for column in deliveries %}
        select unnest(string_split({{ column }}, ' + ')) as name, false as is_universe from {{ model }}
    {% endfor %}
)

select * from named
where case
    when is_universe then name not in (select one.universe from {{ source('catalogue', 'universe') }} as one)
    else name not in (select one.delivery_id from {{ ref('stg_catalogue__delivery') }} as one)
end
{% endtest %}

{# A figure lies within its bounds, and its bounds are in order. #}
{% test interval(model, figure) %}
select *
from {{ model }}
where {{ figure }}_low > {{ figure }}_high
    or {{ figure }} < {{ figure }}_low
    or {{ figure }} > {{ figure }}_high
    or ({{ figure }} is not null and ({{ figure }}_low is null or {{ figure }}_high is null))
{% endtest %}

{# Everybody has just one state on every date: the one that is first in rank. No person is shown by a failure. #}
{% test one_state(model) %}
select counted_on, count_if(rank = 1) as given, count(distinct person) as persons
from {{ model }}
group by counted_on
having count_if(rank = 1) <> count(distinct person)
{% endtest %}
