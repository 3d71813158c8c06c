#ifndef NORMLAB_REPORT_COMPARISON_TABLES_H
#define NORMLAB_REPORT_COMPARISON_TABLES_H
/* The tables of a comparison and the sentences about them, for text and page alike. Tables are to
 * be ended by table_finish or table_finish_html. */
#include "report/comparison.h"
#include "report/table.h"

Table *results_table(const Comparison *comparison);
Table *training_table(const Comparison *comparison);
/* Those with pairs; all of them with a baseline. */
Table *accuracy_table(const Comparison *comparison);
Table *loss_table(const Comparison *comparison);
/* STATUS_MEMORY: there is no table. */
Status runs_table(Table **table, const Comparison *comparison) MUST_CHECK;

/* Sentences without a newline at the end; nothing where one does not apply. */
typedef void Sentence(FILE *out, const Comparison *comparison);
Sentence results_sentence, training_sentence, accuracy_sentence, loss_sentence, tests_sentence,
    verdicts_sentence, seeds_sentence, one_seed_sentence, chosen_sentence;
/* As a string, to be freed. */
Status sentence_text(char **text, Sentence *sentence, const Comparison *comparison) MUST_CHECK;

/* "test ", "validation ", or "" for a mixture: what the runs were evaluated on. */
const char *evaluated_word(const Comparison *comparison);
/* Of the difference with the most. */
size_t most_pairs(const Comparison *comparison);

#endif
