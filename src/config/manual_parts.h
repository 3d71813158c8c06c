#ifndef NORMLAB_CONFIG_MANUAL_PARTS_H
#define NORMLAB_CONFIG_MANUAL_PARTS_H
/* What the two forms of the manual say of a key. */
#include "value.h"

enum { MANUAL_TEXT = 400 };

/* Writes the default of a row: "0.05", "what size says", "none; it must be given". section: if it
 * is not NULL, the other defaults that kinds of it have are told too: "0.05; 0.001 for adam,
 * adamw". */
void manual_default(char text[MANUAL_TEXT], const Row *row, const Key *section, const Kinds *kinds);

/* Writes the kinds of a section that have (has = 1) or lack (has = 0) a key of this name: "adam,
 * adamw"; returns how many there are. */
int manual_kinds(char text[MANUAL_TEXT], const KindList *list, const char *name, int has);

#endif
