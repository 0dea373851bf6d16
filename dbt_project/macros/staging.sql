{# What was read of the current deliveries of one source. #}
{% macro current_rows(source_name) %}
select staged.*
from {{ source('staged', source_name) }} as staged
inner join {{ ref('stg_catalogue__delivery') }} as delivery
    on staged.delivery_id = delivery.delivery_id
where delivery.standing = 'current'
{% endmacro %}
