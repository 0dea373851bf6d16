{# Arithmetic of figures: a figure x is x, x_low and x_high, and what is computed of figures keeps all three. An unknown
   bound stays unknown. #}

{# The columns of a difference: name, name_low, name_high. #}
{% macro difference(name, a, b) -%}
{{ a }} - {{ b }} as {{ name }},
{{ a }}_low - {{ b }}_high as {{ name }}_low,
{{ a }}_high - {{ b }}_low as {{ name }}_high
{%- endmacro %}

{# The columns of a ratio of two counts, per so many of the whole. Of a whole that may be none there is no ratio
   but a lower bound. #}
{% macro ratio(name, part, whole, per=100, when='true') -%}
case when {{ when }} and {{ whole }}_low > 0 then {{ per }}.0 * {{ part }} / {{ whole }} end as {{ name }},
case when {{ when }} and {{ whole }}_high > 0 then {{ per }}.0 * {{ part }}_low / {{ whole }}_high end as {{ name }}_low,
case when {{ when }} and {{ whole }}_low > 0 then {{ per }}.0 * {{ part }}_high / {{ whole }}_low end as {{ name }}_high
{%- endmacro %}

{# What a difference with bounds says of its direction: more, less, or that the bounds allow both. #}
{% macro direction_of(name, more, less, undecided) -%}
case when {{ name }}_low > 0 then '{{ more }}' when {{ name }}_high < 0 then '{{ less }}' else '{{ undecided }}' end
{%- endmacro %}
