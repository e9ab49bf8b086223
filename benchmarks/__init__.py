"""Speed of the methods beside a peer; `python -m benchmarks` runs all of it."""
