{# What every check of reconciliation says alike. #}

{# A cell in words: its measure, and how it is divided. #}
{% macro cell_of(row, dimensions=['origin_group', 'nationality', 'motive', 'employment', 'sector', 'home_area', 'stay_band']) -%}
concat_ws(
    ', ', {{ row }}.measure{% for one in dimensions %}, nullif({{ row }}.{{ one }}, 'all'){% endfor %}
)
{%- endmacro %}

{# Whose two figures are: both are named, and the worse status counts. #}
{% macro both_sides(a, b) -%}
{{ both(a ~ '.universe', b ~ '.universe') }} as universe,
{{ both(a ~ '.edition', b ~ '.edition') }} as edition,
{{ both(a ~ '.version', b ~ '.version') }} as version,
{{ both(a ~ '.delivery_id', b ~ '.delivery_id') }} as delivery_id,
{{ worse('availability', a ~ '.availability', b ~ '.availability') }} as availability,
{{ worse('bound_kind', a ~ '.bound_kind', b ~ '.bound_kind') }} as bound_kind,
{{ worse('finality', a ~ '.finality', b ~ '.finality') }} as finality,
{{ a }}.synthetic
{%- endmacro %}

{# The two figures that are compared, out of columns value, low and high. #}
{% macro two_figures(a, b) -%}
{{ a }}.value as left_value, {{ a }}.low as left_value_low, {{ a }}.high as left_value_high,
{{ b }}.value as right_value, {{ b }}.low as right_value_low, {{ b }}.high as right_value_high
{%- endmacro %}

{# One side of a comparison: a count, or a share with its bounds. #}
{% macro side_in_words(side, language) -%}
case
    when {{ side }}_high is null then '{{ 'ten minste' if language == 'nl' else 'at least' }} '
        || coalesce({{ count_nl(side ~ '_low') if language == 'nl' else count_en(side ~ '_low') }}, '0')
    when unit = 'percent'
        then replace(
            round({{ side }}_low, 2) || '–' || round({{ side }}_high, 2) || ' %', '.', '{{ ',' if language == 'nl' else '.' }}'
        )
    else {{ figure_nl(side) if language == 'nl' else figure_en(side) }}
end
{%- endmacro %}

{# How many rows of a delivery of persons could not be read, protected: the columns `rejected` (empty where that is
   withheld) and `rejected_high`. Each may be a resident of anywhere. #}
{% macro rejected_rows(delivery) -%}
{%- set rows -%} coalesce({{ delivery }}.rows_rejected, 0) {%- endset -%}
{{ protected_value(rows) }} as rejected,
{{ protected_high(rows) }} as rejected_high
{%- endmacro %}

{# That rounding and those rows allow a difference, in words. #}
{% macro allowed_by_rejected(row, language) -%}
{%- set few = {'nl': 'minder dan ', 'en': 'fewer than '}[language] ~ var('disclosure_threshold') -%}
'{{ {'nl': 'afronding, en rijen van het uittreksel die niet te lezen zijn (',
     'en': 'rounding, and rows of the extract that cannot be read ('}[language] }}'
|| coalesce(cast({{ row }}.rejected as varchar), '{{ few }}') || ')'
{%- endmacro %}
