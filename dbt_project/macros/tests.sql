{# No two rows of a table share its grain. Nulls are values here: an unknown start is one start. #}
{% test grain(model, columns) %}
select {{ columns | join(', ') }}, count(*) as copies
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
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
