#include "base/suggest.h"

#include <stddef.h>
#include <string.h>

enum { MOST_EDITS = 2, LONGEST = 24, FAR = 99 };

static int distance(const char *a, const char *b) {
  size_t n = strlen(a), m = strlen(b);
  if (n > LONGEST || m > LONGEST) return FAR;
  int row[LONGEST + 1];
  for (size_t j = 0; j <= m; j++) row[j] = (int)j;
  for (size_t i = 1; i <= n; i++) {
    int diagonal = row[0];
    row[0] = (int)i;
    for (size_t j = 1; j <= m; j++) {
      int replaced = diagonal + (a[i - 1] != b[j - 1]);
      int best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
      diagonal = row[j];
      row[j] = replaced < best ? replaced : best;
    }
  }
  return row[m];
}

Suggestion suggestion_for(const char *word) {
  return (Suggestion){word, NULL, MOST_EDITS + 1};
}

void suggestion_consider(Suggestion *suggestion, const char *candidate) {
  int edits = distance(suggestion->word, candidate);
  if (edits >= suggestion->edits || (edits > 1 && 2 * edits >= (int)strlen(suggestion->word)))
    return;
  suggestion->edits = edits;
  suggestion->nearest = candidate;
}
