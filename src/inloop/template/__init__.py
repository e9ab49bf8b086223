"""my_case: a learned kernel for one problem. `case.py` is what inloop asks."""
