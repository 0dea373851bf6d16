-- Every observation of every source, in one form.
{% for source_name in var('observation_sources') %}
    select * from {{ ref('stg_' ~ source_name ~ '__observation') }}
    {{ "union all by name" if not loop.last }}
{% endfor %}
