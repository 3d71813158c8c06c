/* The optimizers, in the order in which users see them: OPTIMIZER(row). */
OPTIMIZER(OPTIMIZER_SGD)
OPTIMIZER(OPTIMIZER_ADAM)
OPTIMIZER(OPTIMIZER_ADAMW)
