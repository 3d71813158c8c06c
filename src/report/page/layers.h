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

/* The colours of maps, at shares of a scale from 0 to 1. */
typedef struct PaletteStop {
  double at;
  const char *colour;
} PaletteStop;
enum { N_PALETTE_STOPS = 8 };
extern const PaletteStop MAP_PALETTE[N_PALETTE_STOPS];

/* Returns a quantity of a layer after an epoch; NaN where it is not known. It is a ValueOf. */
double layer_value(const Detail *detail, int quantity, size_t epoch, size_t layer);
/* Returns for how many layers a variant's runs have such quantities; 0 if no run has them. */
size_t layers_of(const Plots *plots, const Variant *variant);
/* Returns the layers of the first run of a variant that tells them; NULL if none does. */
const LayerRow *layer_rows(const Plots *plots, const Variant *variant);

enum { LAYER_LABEL = 24 };
/* Writes how layer k, from 0, is called in plots and tables: by its number in the list of layers,
 * or, where variants have other lists or do not tell, by k + 1. */
void layer_label(char label[LAYER_LABEL], const Plots *plots, size_t k);

#endif
