{# Verslagjaar Y pairs a stock of 31 December Y with one of 1 January Y+1; a figure that is dated by its year only
   belongs to that year. Other moments have no reporting year. #}
{% macro reporting_year(period_start, period_end, date_precision) -%}
case
    when {{ date_precision }} = 'year' then cast(year({{ period_start }}) as bigint)
    when {{ period_start }} = {{ period_end }} and month({{ period_start }}) = 12 and day({{ period_start }}) = 31
        then cast(year({{ period_start }}) as bigint)
    when {{ period_start }} = {{ period_end }} and month({{ period_start }}) = 1 and day({{ period_start }}) = 1
        then cast(year({{ period_start }}) as bigint) - 1
end
{%- endmacro %}

{# Whether a municipality (or another area with a validity) exists on a day. An end is exclusive, and an end or beginning
   that is not known lies beyond every day. #}
{% macro exists_on(area, day) -%}
coalesce({{ area }}.valid_from <= {{ day }}, true)
and coalesce({{ area }}.valid_to > {{ day }}, true)
{%- endmacro %}
