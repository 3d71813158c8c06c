#ifndef NORMLAB_CONFIG_SUGGEST_H
#define NORMLAB_CONFIG_SUGGEST_H
/* What may be meant by a word that is not known: the candidate with the fewest edits (insertions,
 * deletions, replacements), if those are at most two. */
typedef struct Suggestion {
  const char *word;
  const char *nearest; /* NULL: none is near */
  int edits;
} Suggestion;

Suggestion suggestion_for(const char *word);
void suggestion_consider(Suggestion *suggestion, const char *candidate);

#endif
