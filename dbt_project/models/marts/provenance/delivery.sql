-- What arrived, as it arrived. How many persons a delivery holds is person-derived too, and leaves protected.
select
    delivery_id, source, scope, reference_date, sequence, version, standing, producer, licence, files, bytes, sha256,
    cast(landed_at as timestamp) as landed_at,
    {% for rows in ['rows_read', 'rows_accepted', 'rows_rejected'] %}
        case when person_level then {{ protected_value(rows) }} else {{ rows }} end as {{ rows }},
    {% endfor %}
    layout, message, retain_until, synthetic
from {{ ref('stg_catalogue__delivery') }}
