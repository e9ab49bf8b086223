"""The a-posteriori report: what running simulations make of a reconstruction, beside the published figures.

`selection` says which runs, `perform.perform` does one, `store.Store` keeps it so that an interrupted report goes on,
`page.page` lays everything out.
"""
