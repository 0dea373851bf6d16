{# Where a model runs. With the target "spark" its rows come from Spark's engine (pipelines/model/spark.py) and lie as
   Parquet where both see it; marts become tables of the warehouse all the same. Models that are recursive, those of
   Python, and seeds are DuckDB's on every target. #}

{% macro on_engine(sql) %}
    {% if target.name != 'spark' or model.resource_type != 'model' or 'with recursive' in sql %}
        {{ return(sql) }}
    {% endif %}
    {% set place = env_var('ZICHT_TABLES', '') ~ '/' ~ model.name %}
    {% do adapter.store_relation('spark', this, [], place, 'parquet', config) %}
    {% if model.fqn[1] == 'staging' %}
        {{ return(sql) }}
    {% endif %}
    {% set columns = model.columns.values() | selectattr('data_type') | list %}
    {% set shown %}
        {% for column in columns if config.get('contract').enforced %}
            cast("{{ column.name }}" as {{ column.data_type }}) as "{{ column.name }}"{{ ',' if not loop.last }}
        {% else %} *
        {% endfor %}
    {% endset %}
    {{ return("select " ~ shown ~ " from read_parquet('" ~ place ~ "/*.parquet')") }}
{% endmacro %}

{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) %}
    {% set made = on_engine(compiled_code) if language == 'sql' else compiled_code %}
    {{ return(dbt.duckdb__create_table_as(temporary, relation, made, language, partitioned_by, sorted_by)) }}
{% endmacro %}

{% macro duckdb__create_view_as(relation, sql) %}
    {{ return(dbt.duckdb__create_view_as(relation, on_engine(sql))) }}
{% endmacro %}
