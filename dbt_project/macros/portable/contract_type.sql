{#- Translates an engine's column type to the source contract's name for it; a type that the
    contract does not use keeps its own name, in lower case. -#}
{% macro contract_type(data_type) -%}
    {%- set name = data_type | lower | replace(', ', ',') -%}
    {%- set words = {
        'text': 'string',
        'int': 'integer',
        'bool': 'boolean',
        'timestamp without time zone': 'timestamp',
        'timestamp_ntz': 'timestamp',
        'timestamp with time zone': 'timestamptz',
        'double precision': 'double',
        'real': 'float',
    } -%}
    {%- if name.startswith(('varchar', 'character', 'char')) -%}
        {{ return('string') }}
    {%- elif name.startswith('decimal') -%}
        {{ return(name | replace('decimal', 'numeric')) }}
    {%- endif -%}
    {{ return(words.get(name, name)) }}
{%- endmacro %}
