-- What arrived, as it arrived.
select
    delivery_id, source, scope, reference_date, sequence, version, standing, producer, licence, files, bytes, sha256,
    cast(landed_at as timestamp) as landed_at, rows_read, rows_accepted, rows_rejected, message, retain_until, synthetic
from {{ ref('stg_catalogue__delivery') }}
