"""Host simulations: the loops that a kernel must prove itself in."""
