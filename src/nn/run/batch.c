#include "batch.h"

#include "base/exact.h"
#include "dist/dist.h"

int batch_unit(const ConvBackend *backend) {
  return backend->is_indivisible ? LANES : 1;
}

static int n_of(int n, int size) {
  return (n + size - 1) / size;
}

/* Fewer samples may make more blocks, of which each is narrow. */
int batch_most_blocks(int n_samples, int unit, int n_ranks, int n_threads) {
  int n = n_of(n_of(n_samples, unit), n_ranks) * unit;
  if (unit > 1) return n_of(n, LANES);
  n = n_of(n, NARROW_LANES) * NARROW_LANES;
  const int n_alone = n / (n_threads * LANES);
  const int n_narrow = n_of(n - n_alone * n_threads * LANES, NARROW_LANES);
  return n_alone * n_threads + (n_narrow < n_threads ? n_narrow : n_threads);
}

static void cut_blocks(Batch *batch, int n_threads, Deal deal) {
  const int is_fixed = batch->unit > 1; /* 16 lanes, one thread a block */
  batch->deal = is_fixed ? DEAL_ALONE : deal;
  batch->n_alone = batch->n_samples / (n_threads * LANES);
  batch->n_wide = batch->n_alone * n_threads;
  int n_left = batch->n_samples - batch->n_wide * LANES;
  if (batch->deal != DEAL_NARROW_SHARED || n_left > n_threads * NARROW_LANES) {
    const int n_full = n_left / LANES, n_rest = n_left % LANES;
    const int n_wide = n_full + (n_rest > (is_fixed ? 0 : NARROW_LANES));
    batch->n_wide += n_wide;
    n_left -= n_wide * LANES;
  }
  batch->n_blocks = batch->n_wide + (n_left > 0 ? n_of(n_left, NARROW_LANES) : 0);
}

void batch_cut(Batch *batch, int n_threads, Deal deal) {
  batch->first_sample = batch_first_sample(batch, dist_rank());
  batch->n_samples = batch_first_sample(batch, dist_rank() + 1) - batch->first_sample;
  cut_blocks(batch, n_threads, deal);
  batch->term_limit = exact_term_limit(EXACT_SUM_RANGE, (uint64_t)batch->count);
  batch->gradient_limit = exact_term_limit(EXACT_GRADIENT_RANGE, (uint64_t)batch->count);
}

/* As many crews as blocks are left: a block for each takes less time than several, one after
 * another, for larger crews. */
BatchPart batch_part(const Batch *batch, int t, int n_threads) {
  const int n_full = batch->n_alone * n_threads, n_crews = batch->n_blocks - n_full;
  BatchPart part = {t * batch->n_alone, (t + 1) * batch->n_alone, -1, t, 1};
  if (n_crews == 0) return part;
  const int crew = (n_crews * (t + 1) - 1) / n_threads,
            first = part_begin(n_threads, crew, n_crews);
  const int is_shared = batch->deal != DEAL_ALONE;
  if (is_shared || t == first) part.crew_block = n_full + crew;
  if (is_shared) {
    part.first_thread = first;
    part.n_threads = part_begin(n_threads, crew + 1, n_crews) - first;
  }
  return part;
}

/* The time of a block for n threads: what they do not share, and the rest. */
static double shared_time(int n) {
  const double alone = 0.3;
  return alone + (1 - alone) / n;
}

/* The slowest block that is left takes all of the time. */
static double rounds_of(int n_samples, int n_threads, Deal deal) {
  const double narrow = 0.77;
  Batch batch = {.unit = 1, .n_samples = n_samples};
  double longest = 0;
  cut_blocks(&batch, n_threads, deal);
  for (int t = 0; t < n_threads; t++) {
    const BatchPart part = batch_part(&batch, t, n_threads);
    if (part.crew_block < 0) continue;
    const double time =
        shared_time(part.n_threads) * (batch_lanes(&batch, part.crew_block) == LANES ? 1 : narrow);
    if (time > longest) longest = time;
  }
  return batch.n_alone + longest;
}

double batch_rounds(int n_samples, int n_threads) {
  double least = rounds_of(n_samples, n_threads, DEAL_SHARED);
  for (Deal deal = DEAL_SHARED + 1; deal < N_DEALS; deal++) {
    const double rounds = rounds_of(n_samples, n_threads, deal);
    if (rounds < least) least = rounds;
  }
  return least;
}

static int most_samples(const Batch *batch) {
  int most = 0;
  for (int r = 0; r < dist_size(); r++) {
    const int n = batch_first_sample(batch, r + 1) - batch_first_sample(batch, r);
    if (n > most) most = n;
  }
  return most;
}

void batch_keep_groups(Batch *batch, int group) {
  if (dist_size() == 1 || batch->unit > 1 || group < 2 || group > batch->count) return;
  const int most = most_samples(batch);
  batch->group = group;
  if (n_of(most_samples(batch), NARROW_LANES) > n_of(most, NARROW_LANES)) batch->group = 0;
}

int batch_first_sample(const Batch *batch, int r) {
  if (batch->group) {
    const int n_groups = batch->count / batch->group;
    return r == dist_size() ? batch->count : part_begin(n_groups, r, dist_size()) * batch->group;
  }
  const int n_units = (batch->count + batch->unit - 1) / batch->unit;
  const int sample = part_begin(n_units, r, dist_size()) * batch->unit;
  return sample < batch->count ? sample : batch->count;
}
