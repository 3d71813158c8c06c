#ifndef NORMLAB_BASE_SUGGEST_H
#define NORMLAB_BASE_SUGGEST_H
/* What may be meant by a word that is not known: the candidate with the fewest edits (insertions,
 * deletions, replacements), if that is one, or two of a word of more than four letters. Not
 * collective. */
typedef struct Suggestion {
  const char *word;
  const char *nearest; /* NULL: none is near */
  int edits;
} Suggestion;

/* Begins with no candidate. The word must stay where it is. */
Suggestion suggestion_for(const char *word);
/* Takes one more candidate, which must stay where it is. */
void suggestion_consider(Suggestion *suggestion, const char *candidate);

#endif
