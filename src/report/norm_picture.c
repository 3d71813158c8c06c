#include "report/norm_picture.h"

#include "base/memory.h"
#include "report/grouping.h"
#include "report/markup.h"
#include "store/replace.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 2, COLUMNS = 2, POSITIONS = ROWS * COLUMNS, LEAST = 4 };
/* In pixels: a step along an axis, and the room around a block. */
enum { STEP = 16, SLOPE = 8, HEIGHT = 16, LEFT = 34, ABOVE = 52, BELOW = 46, PANELS = 4 };
enum { SHADES = 4 }; /* of groups other than the nearest */

/* Of dark text on light, and of light text on dark. */
static const char STYLE[] =
    "text{font:12px sans-serif;fill:#24292f}.name{font-weight:bold;font-size:14px}"
    "path{stroke:#57606a;stroke-width:.7;stroke-linejoin:round}"
    ".g0{fill:#2f81d0}.g1{fill:#ffffff}.g2{fill:#d5dbe2}.g3{fill:#b3bcc7}.g4{fill:#eadfc8}"
    "@media (prefers-color-scheme:dark){text{fill:#e6edf3}path{stroke:#9aa4af}"
    ".g0{fill:#58a6ff}.g1{fill:#1b2129}.g2{fill:#3a434e}.g3{fill:#59636f}.g4{fill:#4a4230}}";

/* One block, and the shade of each of its groups. */
typedef struct Block {
  Grouping grouping;
  unsigned char *shade; /* [n_groups] */
} Block;

static void block_free(Block *block) {
  grouping_free(&block->grouping);
  free(block->shade);
}

/* Samples or channels to draw for parts of n. */
static int size_for(int n) {
  return 2 * n > LEAST ? 2 * n : LEAST;
}

static int group_at(const Grouping *g, const int e[4]) {
  return (int)grouping_of(g, e[0], e[1], e[2], e[3]);
}

/* Which shades the neighbours of a group have so far, as bits. */
static unsigned shades_beside(const Block *block, int group) {
  const Grouping *g = &block->grouping;
  const int sizes[] = {g->n, g->c, g->h, g->w};
  unsigned taken = 0;
  for (int i = 0; i < g->n * g->c * g->h * g->w; i++) {
    const int e[] = {i / g->w / g->h / g->c, i / g->w / g->h % g->c, i / g->w % g->h, i % g->w};
    if (group_at(g, e) != group) continue;
    for (int k = 0; k < 8; k++) {
      int beside[] = {e[0], e[1], e[2], e[3]}, axis = k / 2;
      beside[axis] += k % 2 ? 1 : -1;
      if (beside[axis] < 0 || beside[axis] >= sizes[axis]) continue;
      taken |= 1u << block->shade[group_at(g, beside)];
    }
  }
  return taken;
}

/* The nearest group has shade 0, which no other has; each other one the first of the shades from 1
 * that none of its neighbours has. */
static Status choose_shades(Block *block) {
  const Grouping *g = &block->grouping;
  const int nearest = group_at(g, (const int[]){0, g->c - 1, 0, 0});
  TRY(memory_allocate(&block->shade, g->n_groups, 1, "shades of groups"));
  memset(block->shade, 31, g->n_groups);
  block->shade[nearest] = 0;
  for (int k = 0; k < (int)g->n_groups; k++) {
    unsigned taken = shades_beside(block, k);
    int shade = 1;
    while (shade < SHADES && taken & 1u << shade) shade++;
    if (k != nearest) block->shade[k] = (unsigned char)shade;
  }
  return status_ok();
}

static Status block_make(Block *block, NormSpec spec) {
  const NormAxes over = spec.over;
  char text[NORM_SPEC_TEXT];
  const int channels = over.channel_parts ? over.channel_parts : over.channels;
  const int n = size_for(over.samples), c = size_for(channels);
  *block = (Block){.shade = NULL};
  norm_spec_text(text, spec);
  if (!norm_has_statistics(spec))
    return status_error(STATUS_USAGE, "--picture: %s has no groups of statistics to draw", text);
  if (n > NORM_PICTURE_MOST || c > NORM_PICTURE_MOST)
    return status_error(STATUS_USAGE,
                        "--picture: two groups of %s are more than the %d samples or channels of "
                        "a picture; take a number up to %d",
                        text, NORM_PICTURE_MOST, NORM_PICTURE_MOST / 2);
  TRY(grouping_make(&block->grouping, spec, n, c, ROWS, COLUMNS));
  Status status = choose_shades(block);
  if (status.code != STATUS_OK) block_free(block);
  return status;
}

static int block_width(const Grouping *g) {
  return STEP * (g->n + g->c);
}

static int block_height(const Grouping *g) {
  return SLOPE * (g->n + g->c) + HEIGHT * POSITIONS;
}

/* One side of an element, from a corner along two edges. */
static void print_side(FILE *out, const Block *block, const int e[4], const int corner[2],
                       const int edges[2][2]) {
  fprintf(out,
          "<path class=\"g%d\" data-n=\"%d\" data-c=\"%d\" data-h=\"%d\" data-w=\"%d\" "
          "d=\"M%d %dl%d %dl%d %dl%d %dz\"/>\n",
          block->shade[group_at(&block->grouping, e)], e[0], e[1], e[2], e[3], corner[0], corner[1],
          edges[0][0], edges[0][1], edges[1][0], edges[1][1], -edges[0][0], -edges[0][1]);
}

/* The three sides in sight: the first positions, the last channel, the first sample. Channels go
 * down to the right, samples up to the right, positions down; the first sample's first channel is
 * at (0, SLOPE n) of the block. */
static void print_block(FILE *out, const Block *block) {
  static const int SAMPLE[] = {STEP, -SLOPE}, CHANNEL[] = {STEP, SLOPE}, POSITION[] = {0, HEIGHT};
  const Grouping *g = &block->grouping;
  const int top[2][2] = {{SAMPLE[0], SAMPLE[1]}, {CHANNEL[0], CHANNEL[1]}};
  const int first[2][2] = {{CHANNEL[0], CHANNEL[1]}, {POSITION[0], POSITION[1]}};
  const int last[2][2] = {{SAMPLE[0], SAMPLE[1]}, {POSITION[0], POSITION[1]}};
  for (int n = 0; n < g->n; n++)
    for (int c = 0; c < g->c; c++) {
      const int at[] = {STEP * (n + c), SLOPE * (g->n - n + c)};
      print_side(out, block, (const int[]){n, c, 0, 0}, at, top);
    }
  for (int p = 0; p < POSITIONS; p++) {
    for (int c = 0; c < g->c; c++) {
      const int at[] = {STEP * c, SLOPE * (g->n + c) + HEIGHT * p};
      print_side(out, block, (const int[]){0, c, p / COLUMNS, p % COLUMNS}, at, first);
    }
    for (int n = 0; n < g->n; n++) {
      const int at[] = {STEP * (g->c + n), SLOPE * (g->n + g->c - n) + HEIGHT * p};
      print_side(out, block, (const int[]){n, g->c - 1, p / COLUMNS, p % COLUMNS}, at, last);
    }
  }
}

static void print_axes(FILE *out, const Grouping *g) {
  const int depth = HEIGHT * POSITIONS;
  fprintf(
      out,
      "<text text-anchor=\"middle\" transform=\"translate(%d %d) rotate(26.6)\">channels</text>\n"
      "<text text-anchor=\"middle\" transform=\"translate(%d %d) rotate(-26.6)\">samples</text>\n"
      "<text text-anchor=\"middle\" transform=\"translate(-8 %d) rotate(-90)\">rows, columns"
      "</text>\n",
      STEP * g->c / 2 - 6, SLOPE * g->n + SLOPE * g->c / 2 + depth + 14,
      STEP * g->c + STEP * g->n / 2 + 6, SLOPE * g->c + SLOPE * g->n / 2 + depth + 14,
      SLOPE * g->n + depth / 2);
}

static void print_panel(FILE *out, const Block *block, int x, int y) {
  char spec[NORM_SPEC_TEXT], axes[GROUPING_TEXT];
  norm_spec_text(spec, block->grouping.spec);
  grouping_axes_text(axes, &block->grouping);
  fprintf(out, "<g transform=\"translate(%d %d)\">\n<text class=\"name\" x=\"%d\" y=\"-28\">",
          x + LEFT, y + ABOVE, -LEFT + 10);
  html_text(out, spec);
  fprintf(out, "</text>\n<text x=\"%d\" y=\"-10\">over ", -LEFT + 10);
  html_text(out, axes);
  fputs("</text>\n", out);
  print_block(out, block);
  print_axes(out, &block->grouping);
  fputs("</g>\n", out);
}

static void print_picture(FILE *out, const Block *blocks, int n) {
  int wide = 270, high = 0;
  for (int i = 0; i < n; i++) {
    const Grouping *g = &blocks[i].grouping;
    if (block_width(g) + LEFT + 20 > wide) wide = block_width(g) + LEFT + 20;
    if (block_height(g) + ABOVE + BELOW > high) high = block_height(g) + ABOVE + BELOW;
  }
  const int n_columns = n < PANELS ? n : PANELS, n_rows = (n + PANELS - 1) / PANELS;
  const int width = wide * n_columns, height = high * n_rows;
  fprintf(
      out,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
      "viewBox=\"0 0 %d %d\" role=\"img\">\n"
      "<title>Which elements of an activation share statistics</title>\n"
      "<desc>Blocks of samples, channels and positions. Elements of one colour that touch share "
      "statistics; the group of the nearest element is in a strong colour.</desc>\n"
      "<style>%s</style>\n",
      width, height, width, height, STYLE);
  for (int i = 0; i < n; i++)
    print_panel(out, &blocks[i], wide * (i % PANELS), high * (i / PANELS));
  fputs("</svg>\n", out);
}

static Status write_blocks(const char *file, const Block *blocks, int n) {
  char *text = NULL;
  size_t bytes = 0;
  FILE *out = open_memstream(&text, &bytes);
  if (!out) return status_errno(STATUS_MEMORY, errno, "--picture %s", file);
  print_picture(out, blocks, n);
  int failed = ferror(out);
  failed |= fclose(out) != 0;
  Status status = failed ? status_error(STATUS_MEMORY, "--picture %s: no memory for it", file)
                         : file_replace(file, text, bytes);
  free(text);
  return status;
}

/* The i-th norm to draw; its kind is NULL after the last. Numbers are 2, as drawn sizes are 4. */
static NormSpec norm_drawn(const NormSpec *only, int i) {
  if (only) return i == 0 ? *only : (NormSpec){0};
  NormSpec spec = norm_spec_example(i);
  return spec.kind && norm_spec_form(spec)->example ? norm_spec_with(spec, 2) : spec;
}

Status norm_picture_write(const char *file, const NormSpec *only) {
  NormSpec spec;
  int n_norms = 0, n = 0;
  while (norm_drawn(only, n_norms).kind) n_norms++;
  Block *blocks;
  TRY(memory_allocate(&blocks, (size_t)n_norms, sizeof *blocks, "pictures of norms"));
  Status status = status_ok();
  for (int i = 0; status.code == STATUS_OK && (spec = norm_drawn(only, i)).kind; i++) {
    if (!only && !norm_has_statistics(spec)) continue;
    status = block_make(&blocks[n], spec);
    n += status.code == STATUS_OK;
  }
  if (status.code == STATUS_OK) status = write_blocks(file, blocks, n);
  for (int i = 0; i < n; i++) block_free(&blocks[i]);
  free(blocks);
  return status;
}
