"""Training: fit one network, repeat it, sweep over configurations, compare what came out.

`config` (configurations from JSON and names), `statistics` and `sweep` need no torch; `fit`, `checkpoint`,
`distributed` and `run` do, so nothing is imported here.
"""
