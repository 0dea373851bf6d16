{# A published table whose source comes later: its columns and no rows. #}
{% macro no_rows_yet() %}
select
    {% for column in model.columns.values() %}
    cast(null as {{ column.data_type }}) as {{ column.name }}{{ "," if not loop.last }}
    {% endfor %}
where false
{% endmacro %}

{# Two figures' statuses as one: the worse counts. #}
{% macro worse_availability(a, b) -%}
case
    when 'missing' in ({{ a }}, {{ b }}) then 'missing'
    when 'suppressed' in ({{ a }}, {{ b }}) then 'suppressed'
    when 'not_applicable' in ({{ a }}, {{ b }}) then 'not_applicable'
    else 'available'
end
{%- endmacro %}

{% macro worse_bound_kind(a, b) -%}
case
    when 'none' in ({{ a }}, {{ b }}) then 'none'
    when 'suppressed' in ({{ a }}, {{ b }}) then 'suppressed'
    when 'model' in ({{ a }}, {{ b }}) then 'model'
    when 'weights' in ({{ a }}, {{ b }}) then 'weights'
    when 'rounding_assumed' in ({{ a }}, {{ b }}) then 'rounding_assumed'
    when 'rounding_known' in ({{ a }}, {{ b }}) then 'rounding_known'
    else 'exact'
end
{%- endmacro %}

{% macro worse_finality(a, b) -%}
case
    when 'estimated' in ({{ a }}, {{ b }}) then 'estimated'
    when 'provisional' in ({{ a }}, {{ b }}) then 'provisional'
    else 'final'
end
{%- endmacro %}

{# Where a figure rests on two sources, both are named; where they are the same, once. #}
{% macro both(a, b) -%}
case when {{ a }} = {{ b }} then {{ a }} else {{ a }} || ' + ' || {{ b }} end
{%- endmacro %}

{# The figure of a measure, if the rows agree on it: two values for one cell are a contradiction and no figure. #}
{% macro one_or_none(column, measure) -%}
case
    when count(distinct value) filter (where measure = '{{ measure }}') <= 1
        then any_value({{ column }}) filter (where measure = '{{ measure }}')
end
{%- endmacro %}
