{% set no_email = 'cast(null as ' ~ dbt.type_string() ~ ')' %}
{% set email = "'a@example.com'" %}
{% set same_email = [person_id(email, 'customer', '1'), person_id(email, 'order', '2')] %}
{% set other_kind = [person_id(no_email, 'customer', '1'), person_id(no_email, 'order', '1')] %}
{% set same_account = [customer_key('1', "'x'"), customer_key('1', "'y'")] %}
{% set no_campaign = [campaign_key('cast(null as bigint)', "'a'"), campaign_key('1', "'a'")] %}
{% set compare = 'case when %s = %s then 1 else 0 end' %}
{{ failed_cases([
    [compare | format(*same_email), '1'],
    [compare | format(*other_kind), '0'],
    [compare | format(*same_account), '1'],
    [compare | format(*no_campaign), '0'],
]) }}
