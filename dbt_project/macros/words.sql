{# Numbers and sentences as people read them, in Dutch and in English. #}

{% macro count_nl(number) -%}
replace(format('{:,d}', cast({{ number }} as bigint)), ',', '.')
{%- endmacro %}

{% macro count_en(number) -%}
format('{:,d}', cast({{ number }} as bigint))
{%- endmacro %}

{# A count with its margin; where the count is withheld or absent, what is left to say. #}
{% macro figure_in_words(figure, count, until, at_most, unknown) -%}
case
    when {{ figure }} is not null and {{ figure }}_low < {{ figure }}_high
        then {{ count(figure) }}
            || ' (' || {{ count(figure ~ '_low') }} || ' {{ until }} ' || {{ count(figure ~ '_high') }} || ')'
    when {{ figure }} is not null then {{ count(figure) }}
    when {{ figure }}_high is not null then '{{ at_most }} ' || {{ count(figure ~ '_high') }}
    else '{{ unknown }}'
end
{%- endmacro %}

{% macro figure_nl(figure) -%}
{{ figure_in_words(figure, count_nl, 'tot', 'hoogstens', 'een onbekend aantal') }}
{%- endmacro %}

{% macro figure_en(figure) -%}
{{ figure_in_words(figure, count_en, 'to', 'at most', 'an unknown number') }}
{%- endmacro %}
