"""Exports of shops, and what `ecom import` makes of them."""
