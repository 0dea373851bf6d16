{# What was read of the current deliveries of one source. #}
{% macro current_rows(source_name) %}
select staged.*
from {{ source('staged', source_name) }} as staged
inner join {{ ref('stg_catalogue__delivery') }} as delivery
    on staged.delivery_id = delivery.delivery_id
where delivery.standing = 'current'
{% endmacro %}

{# The same of a register of persons: keys to join on instead of pseudonyms, nationalities as one word. #}
{% macro current_persons(source_name) %}
select
    staged.register, staged.scope, {{ delivery_key('staged.delivery_id') }} as delivery_key, staged.reference_date,
    staged.synthetic, staged.locator_file, staged.locator_row,
    {{ key_of('staged.a_pseudonym') }} as a_key,
    {{ key_of('staged.pseudonym') }} as bsn_key,
    {{ key_of('staged.previous_a_pseudonym') }} as previous_a_key,
    {{ key_of('staged.next_a_pseudonym') }} as next_a_key,
    {{ key_of('staged.address_key') }} as address_key,
    staged.birth_year, array_to_string(staged.nationality_codes, ' ') as nationalities,
    staged.settled_low, staged.settled_high, staged.abroad_country_code, staged.last_activity_low,
    staged.last_activity_high, staged.rni_reason, staged.established_absent, staged.technical_start,
    staged.state, coalesce(staged.area_code, 'unknown') as area_code,
    staged.start_low, staged.start_high, staged.end_low, staged.end_high
from ({{ current_rows(source_name) }}) as staged
{% endmacro %}

{# The beginning of a delivery's identity, as the name of its directory has it: short enough to stand in a row itself. #}
{% macro delivery_key(delivery_id) -%}
left({{ delivery_id }}, 12)
{%- endmacro %}

{# The first 128 bits of a pseudonym, as many as RFC 2104 (section 5) advises to keep: a quarter of the memory. #}
{% macro key_of(pseudonym) -%}
cast(left({{ pseudonym }}, 32) as uuid)
{%- endmacro %}
