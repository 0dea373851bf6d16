-- The editions and tables that can be read, and the real delivery that confirmed how each looks, if one did.
select
    source, layout, title_nl, title_en, source_address, verified, evidence_delivery_id, evidence_date
from {{ source('catalogue', 'layout') }}
