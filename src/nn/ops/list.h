/* The kinds of layers, in the order in which users see them: a line for each, whose LayerKind
 * stands in one of these files. */
LAYER(LAYER_BLOCK)
LAYER(LAYER_CONV)
LAYER(LAYER_NORM)
LAYER(LAYER_RELU)
LAYER(LAYER_DROPOUT)
LAYER(LAYER_MAX_POOL)
LAYER(LAYER_AVG_POOL)
LAYER(LAYER_GLOBAL_AVG_POOL)
LAYER(LAYER_LINEAR)
