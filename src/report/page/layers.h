#ifndef NORMLAB_REPORT_LAYERS_H
#define NORMLAB_REPORT_LAYERS_H
#include "plots.h"

typedef struct LayerWords {
  const char *name, *title; /* of the plot */
  int is_log, has_map;      /* a logarithmic axis; maps of layers and epochs, too */
} LayerWords;
extern const LayerWords LAYER_WORDS[LAYER_QUANTITY_COUNT];

/* NaN where it is not known; a ValueOf. */
double layer_value(const Detail *detail, int quantity, size_t epoch, size_t layer);
/* 0: no run has them. */
size_t layers_of(const Plots *plots, const Variant *variant);

#endif
