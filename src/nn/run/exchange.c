#include "exchange.h"

#include "base/memory.h"
#include "batch.h"
#include "dist/dist.h"
#include <stdlib.h>
#include <string.h>

enum { EXCHANGE_BLOCKS = 10 };

static void exchange_blocks(MemoryBlock block[EXCHANGE_BLOCKS], Exchange *exchange,
                            const ExchangeShape *s) {
  const char *what = "batch statistics";
  const size_t n_ops = (size_t)s->n_ops;
  const MemoryBlock blocks[EXCHANGE_BLOCKS] = {
      {&exchange->gradient, s->n_parameters + TAIL_COUNT + s->n_late, sizeof(int64_t), "gradient"},
      {&exchange->work, 2 * s->n_exchange, sizeof(int64_t), "exchange"},
      {&exchange->mean, n_ops, sizeof(double *), what},
      {&exchange->rstd, n_ops, sizeof(double *), what},
      {&exchange->late, n_ops, sizeof(int64_t *), what},
      {&exchange->correction, n_ops, sizeof(double *), what},
      {&exchange->mean_d, s->n_exchange / 2, sizeof(double), what},
      {&exchange->mean_dx, s->n_exchange / 2, sizeof(double), what},
      {&exchange->moments, s->n_moments, sizeof(double), "moments of images"},
      {&exchange->products, s->n_products, sizeof(double), "moments of images"}};
  memcpy(block, blocks, sizeof blocks);
}

Status exchange_make(Exchange *exchange, const ExchangeShape *shape) {
  MemoryBlock blocks[EXCHANGE_BLOCKS];
  *exchange = (Exchange){0};
  exchange_blocks(blocks, exchange, shape);
  TRY(memory_allocate_all(blocks, EXCHANGE_BLOCKS));
  exchange->late_end = exchange->gradient + shape->n_parameters + TAIL_COUNT;
  return status_ok();
}

size_t exchange_bytes(const ExchangeShape *shape) {
  MemoryBlock blocks[EXCHANGE_BLOCKS];
  Exchange exchange;
  exchange_blocks(blocks, &exchange, shape);
  return memory_bytes_of_all(blocks, EXCHANGE_BLOCKS);
}

void exchange_free(Exchange *exchange, int n_ops) {
  for (int i = 0; i < n_ops; i++) {
    if (exchange->mean) free(exchange->mean[i]);
    if (exchange->rstd) free(exchange->rstd[i]);
    if (exchange->correction) free(exchange->correction[i]);
  }
  void *owned[] = {exchange->gradient,   exchange->work,    exchange->mean,   exchange->rstd,
                   exchange->correction, exchange->late,    exchange->mean_d, exchange->mean_dx,
                   exchange->moments,    exchange->products};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}

void exchange_add(Workspace *work, size_t n, int to, int from) {
  ExactSum *total = work->threads[to].exchange, *part = work->threads[from].exchange;
  for (size_t i = 0; i < n; i++) total[i] += part[i], part[i] = 0;
}

ExactSum *exchange_sum(const Exchange *exchange, Workspace *work, Clock *clock, DistScope scope,
                       size_t n, int row) {
  ExactSum *total = work->threads[0].exchange;
  if (scope == DIST_SCOPE_RANK) return total;
  clock_meet(clock, row, 2 * n);
  dist_sum_exact(total, n, exchange->work, scope);
  clock_mark(clock, 0, ACTIVITY_COMBINE, row);
  return total;
}

void exchange_integers(int64_t *values, size_t n, Clock *clock) {
  clock_meet(clock, NO_ROW, n);
  dist_sum(values, n);
  clock_mark(clock, 0, ACTIVITY_COMBINE, NO_ROW);
}

void exchange_add_threads(Exchange *exchange, Workspace *work, size_t n_parameters, int t) {
  int n = (int)n_parameters, n_threads = work->n_threads;
  int begin = part_begin(n, t, n_threads), end = part_begin(n, t + 1, n_threads);
  for (int i = begin; i < end; i++) {
    int64_t sum = 0;
    for (int k = 0; k < n_threads; k++) {
      sum += work->threads[k].gradient[i];
      work->threads[k].gradient[i] = 0;
    }
    exchange->gradient[i] = sum;
  }
}

int64_t *exchange_late(Exchange *exchange, int op, size_t n) {
  int64_t *part = exchange->late[op];
  if (exchange->sent_end < part + n) exchange->sent_end = part + n;
  return part;
}

void exchange_tail(int64_t tail[TAIL_COUNT], Workspace *work) {
  ExactSum loss = 0;
  for (int i = 0; i < TAIL_COUNT; i++) tail[i] = 0;
  for (int t = 0; t < work->n_threads; t++) {
    Thread *thread = &work->threads[t];
    loss += thread->loss;
    tail[TAIL_CORRECT] += thread->correct;
    tail[TAIL_OUT_OF_RANGE] += thread->out_of_range || thread->trouble > 0;
    thread->loss = 0, thread->correct = 0, thread->out_of_range = 0;
  }
  exact_split(tail + TAIL_LOSS, loss);
}
