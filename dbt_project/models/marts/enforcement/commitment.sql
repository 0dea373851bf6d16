-- What was promised to a council, and the indicator that shows it. Where a newer delivery tells how it stands, the
-- older one stays beside it. A text that no source gives is said to be absent.
select
    record_key as commitment_id, area_type, area_code, commitment as kind,
    coalesce(definition, 'De bron geeft de tekst niet (the source does not give the text)') as text,
    due, status, indicator, citation as source, quote,
    row_number() over (
        partition by record_key, area_type, area_code, synthetic order by reference_date desc, delivery_id asc
    ) > 1 as superseded,
    synthetic, delivery_id
from {{ ref('int_observations__unioned') }}
where measure = 'commitment'
