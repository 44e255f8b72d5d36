{#- Converts a value from one type of the source contract to another: times become UTC, text is
    parsed. Type names are the contract's (see `contract_type`). -#}
{% macro convert_type(expression, from_type, to_type) -%}
    {%- set target_type = api.Column.translate_type(to_type) -%}
    {%- if from_type == to_type -%}
        {{ expression }}
    {%- elif to_type == 'timestamp' -%}
        {{ to_utc_timestamp(expression, from_type) }}
    {%- elif to_type == 'date' and from_type == 'timestamptz' -%}
        cast({{ to_utc_timestamp(expression, from_type) }} as date)
    {%- elif to_type == 'boolean' and from_type == 'string' -%}
        case
            when {{ expression }} is not null
                then lower(trim({{ expression }})) in ('true', 't', 'yes', 'y', '1')
        end
    {%- elif to_type == 'boolean' -%}
        ({{ expression }} <> 0)
    {%- elif to_type.startswith('numeric') and from_type in ['double', 'float'] -%}
        {#- Converted via its shortest text: 1.005 rounds to 1.01 as written, regardless of its
            binary fraction. -#}
        cast(cast({{ expression }} as {{ dbt.type_string() }}) as {{ target_type }})
    {%- else -%}
        cast({{ expression }} as {{ target_type }})
    {%- endif -%}
{%- endmacro %}
