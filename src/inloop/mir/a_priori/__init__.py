"""The a-priori report of a learned kernel: held-out samples and exact fields, beside the classical methods.

`report.gather` measures everything, `page.page` lays it out; the other modules measure or draw one thing each.
"""
