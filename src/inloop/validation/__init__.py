"""Measures and reports that any case can use."""
