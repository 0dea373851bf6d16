{# The place of a length of stay, in whole months, among the bands of the seed stay_band. #}
{% macro stay_band_place(months) -%}
case when {{ months }} < 4 then 1 when {{ months }} < 12 then 2 when {{ months }} < 60 then 3 else 4 end
{%- endmacro %}
