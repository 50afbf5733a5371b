"""All histories: the search over every interleaving, and the shortest history in which a law is broken."""
