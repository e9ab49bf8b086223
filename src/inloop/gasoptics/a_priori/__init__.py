"""The a-priori report of gas optics: a table and the kernel that learned it, alone, against line-by-line fluxes.

`report.gather` measures everything, `page.page` lays it out; the other modules measure or draw one thing each.
"""
