"""Making a learned kernel cheaper, and measuring how fast it is."""
