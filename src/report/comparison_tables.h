#ifndef NORMLAB_REPORT_COMPARISON_TABLES_H
#define NORMLAB_REPORT_COMPARISON_TABLES_H
/* The tables of a comparison and the sentences about them, for text and page alike. The caller
 * ends each table by table_finish() or table_finish_html(). Not collective. */
#include "report/comparison.h"
#include "report/table.h"

/* The variants: their results, and their training. */
Table *results_table(const Comparison *comparison);
Table *training_table(const Comparison *comparison);
/* The differences in each endpoint, and what test images add to that in accuracy. They need a
 * baseline. */
Table *accuracy_table(const Comparison *comparison);
Table *images_table(const Comparison *comparison);
Table *loss_table(const Comparison *comparison);
Table *calibration_table(const Comparison *comparison);
/* The runs. After a failure, which is STATUS_MEMORY, there is no table. */
Status runs_table(Table **table, const Comparison *comparison) MUST_CHECK;

/* Each writes a sentence without a newline at its end, or nothing where it does not apply. */
typedef void Sentence(FILE *out, const Comparison *comparison);
Sentence subject_sentence, images_of_sentence, data_sentence, none_sentence, results_sentence,
    training_sentence, accuracy_sentence, images_sentence, loss_sentence, calibration_sentence,
    tests_sentence, verdicts_sentence, one_seed_sentence, chosen_sentence, trends_sentence;
/* Writes a sentence to a string, which the caller frees by free(). Returns STATUS_MEMORY. */
Status sentence_text(char **text, Sentence *sentence, const Comparison *comparison) MUST_CHECK;

/* Write parts of a verdict (verdict_print()): what it says of the variant, "worse than batch", and
 * the difference in points with its interval, if it has one, "-0.12 (-0.20 to -0.04)". */
void verdict_phrase(FILE *out, const Comparison *comparison, const Difference *difference);
void verdict_effect(FILE *out, const Difference *difference);

/* Returns what the runs were evaluated on: "test ", "validation ", or "" for a mixture. */
const char *evaluated_word(const Comparison *comparison);
/* Return whether any difference has a test of this endpoint, and whether any has images_error. */
int has_tests(const Comparison *comparison, Endpoint endpoint);
int has_images(const Comparison *comparison);

#endif
