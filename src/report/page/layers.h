#ifndef NORMLAB_REPORT_LAYERS_H
#define NORMLAB_REPORT_LAYERS_H
/* What is plotted of the layers of a network. Not collective. */
#include "plots.h"

/* How a quantity of layers is called and drawn. */
typedef struct LayerWords {
  const char *name, *title; /* of the plot */
  int is_log, has_map;      /* whether its axis is logarithmic, and whether it also has maps of
                               layers and epochs */
} LayerWords;
extern const LayerWords LAYER_WORDS[LAYER_QUANTITY_COUNT];

/* Returns a quantity of a layer after an epoch; NaN where it is not known. It is a ValueOf. */
double layer_value(const Detail *detail, int quantity, size_t epoch, size_t layer);
/* Returns for how many layers a variant's runs have such quantities; 0 if no run has them. */
size_t layers_of(const Plots *plots, const Variant *variant);

#endif
