{# Disclosure control of a person-derived count that stands alone, for nothing that is shown adds up to it: below the
   threshold suppressed (nought too, for nobody may learn that there is no one), else rounded to nearest. The bounds are
   what a reader can know: the rounded count give or take half a base, and never below the threshold. Counts of the
   registers add up and are rounded together instead: int_registered__protected. #}

{% macro is_suppressed(count) -%}
({{ count }} < {{ var('disclosure_threshold') }})
{%- endmacro %}

{% macro protected_value(count) -%}
case
    when not {{ is_suppressed(count) }}
        then cast(round({{ count }} / cast({{ var('rounding_base') }} as double)) * {{ var('rounding_base') }} as bigint)
end
{%- endmacro %}

{% macro protected_low(count) -%}
case
    when {{ is_suppressed(count) }} then cast(0 as bigint)
    else greatest(
        {{ protected_value(count) }} - {{ (var('rounding_base') | int) // 2 }}, cast({{ var('disclosure_threshold') }} as bigint)
    )
end
{%- endmacro %}

{% macro protected_high(count) -%}
case
    when {{ is_suppressed(count) }} then cast({{ (var('disclosure_threshold') | int) - 1 }} as bigint)
    else {{ protected_value(count) }} + {{ (var('rounding_base') | int) // 2 }}
end
{%- endmacro %}
