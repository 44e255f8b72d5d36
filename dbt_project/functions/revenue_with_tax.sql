{{ calculate_revenue_with_tax('amount', 'tax_rate') }}
