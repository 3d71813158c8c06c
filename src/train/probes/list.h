/* The probes: PROBE(NAME) stands for PROBE_NAME in NAME.c. */
PROBE(walk)
PROBE(layers)
