{# A published table whose source comes later: its columns and no rows. #}
{% macro no_rows_yet() %}
select
    {% for column in model.columns.values() %}
    cast(null as {{ column.data_type }}) as {{ column.name }}{{ "," if not loop.last }}
    {% endfor %}
where false
{% endmacro %}

{# The words of a status, the worst first. #}
{% macro words_of(status) -%}
{{ return({
    'availability': ['missing', 'suppressed', 'not_applicable', 'available'],
    'bound_kind': ['none', 'suppressed', 'model', 'weights', 'rounding_assumed', 'rounding_known', 'exact'],
    'finality': ['estimated', 'provisional', 'final'],
}[status]) }}
{%- endmacro %}

{# Two figures' statuses as one, and those of a group of rows: the worse counts. #}
{% macro worse(status, a, b) -%}
{%- set words = words_of(status) -%}
case {% for word in words[:-1] %}when '{{ word }}' in ({{ a }}, {{ b }}) then '{{ word }}' {% endfor %}else '{{ words[-1] }}' end
{%- endmacro %}

{% macro worst_of(status, column) -%}
{%- set words = words_of(status) -%}
case {% for word in words[:-1] %}when bool_or({{ column }} = '{{ word }}') then '{{ word }}' {% endfor %}else '{{ words[-1] }}' end
{%- endmacro %}

{# Observations with the place of their version among those of its table. #}
{% macro with_vintage(relation) -%}
(
    select cells.*, vintages.vintage, vintages.next_vintage
    from {{ relation }} as cells
    left join {{ ref('int_observations__vintages') }} as vintages
        on
            cells.source = vintages.source and cells.edition = vintages.edition and cells.version = vintages.version
            and cells.synthetic = vintages.synthetic and coalesce(cells.table_id, cells.universe) = vintages.table_id
)
{%- endmacro %}

{# Where a figure rests on two sources, both are named; where they are the same, once. #}
{% macro both(a, b) -%}
case when {{ a }} = {{ b }} then {{ a }} else {{ a }} || ' + ' || {{ b }} end
{%- endmacro %}

{# The places in deliveries where a figure stands, as a list, and such a list as text. #}
{% macro cells_of(of='') -%}
[coalesce({{ of }}locator_sheet, {{ of }}locator_file) || '!' || {{ of }}locator_cell]
{%- endmacro %}

{% macro cells_in_words(cells) -%}
array_to_string({{ cells }}[1:3], ', ')
|| case when array_length({{ cells }}) > 3 then ' and ' || (array_length({{ cells }}) - 3) || ' more' else '' end
{%- endmacro %}

{# The figure of a measure, if the rows agree on it: two values for one cell are a contradiction and no figure. #}
{% macro one_or_none(column, measure) -%}
case
    when count(distinct value) filter (where measure = '{{ measure }}') <= 1
        then any_value({{ column }}) filter (where measure = '{{ measure }}')
end
{%- endmacro %}
