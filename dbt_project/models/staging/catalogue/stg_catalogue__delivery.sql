select * from {{ source('catalogue', 'delivery') }}
