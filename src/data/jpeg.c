#include "picture.h"

#include "base/memory.h"
#include "exif.h"
#include <errno.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* Everything that must survive a longjmp of libjpeg lives here, outside the frame it returns to. */
typedef struct Reading {
  struct jpeg_error_mgr errors; /* first, so that a pointer to it is one to all */
  jmp_buf back;
  struct jpeg_decompress_struct jpeg;
  FILE *file;
  const char *path;
  Picture *picture;
  JSAMPLE *row; /* [columns][components] */
  Status status;
} Reading;

/* Damage that libjpeg would make up for is a failure, too: what is missing would be gray. */
static void on_message(j_common_ptr jpeg, int level) {
  if (level < 0) jpeg->err->error_exit(jpeg);
}

static void on_error(j_common_ptr jpeg) {
  Reading *reading = (Reading *)jpeg->err;
  char text[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, text);
  reading->status =
      ferror(reading->file)
          ? status_errno(STATUS_FILE, errno, "%s: cannot read", reading->path)
          : status_error(STATUS_DATA,
                         "%s: byte %ld or before: expected an intact JPEG file, found: %s",
                         reading->path, ftell(reading->file), text);
  longjmp(reading->back, 1);
}

static int is_too_large(const struct jpeg_decompress_struct *jpeg) {
  return jpeg->image_width > PICTURE_SIDE || jpeg->image_height > PICTURE_SIDE ||
         (uint64_t)jpeg->image_width * jpeg->image_height > PICTURE_PIXELS;
}

static void put_row(const Reading *reading, int row) {
  const Picture *picture = reading->picture;
  const int n = reading->jpeg.output_components;
  uint8_t *p = picture->rgba + (size_t)row * (size_t)picture->columns * 4;
  for (int j = 0; j < picture->columns; j++, p += 4) {
    const JSAMPLE *from = reading->row + (size_t)j * (size_t)n;
    for (int k = 0; k < 3; k++) p[k] = from[n == 1 ? 0 : k];
    p[3] = 0xff;
  }
}

/* As the first marker says that libjpeg has kept and that is of Exif. */
static int orientation_of(const struct jpeg_decompress_struct *jpeg) {
  int orientation = 1;
  for (jpeg_saved_marker_ptr at = jpeg->marker_list; at && orientation == 1; at = at->next)
    if (at->marker == JPEG_APP0 + 1) orientation = exif_orientation(at->data, at->data_length);
  return orientation;
}

static void read_all(Reading *reading) {
  struct jpeg_decompress_struct *jpeg = &reading->jpeg;
  Picture *picture = reading->picture;
  jpeg_stdio_src(jpeg, reading->file);
  jpeg_save_markers(jpeg, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(jpeg, TRUE);
  if (is_too_large(jpeg)) {
    reading->status =
        status_error(STATUS_DATA, "%s: expected a picture of at most 2^26 pixels", reading->path);
    return;
  }
  jpeg->out_color_space = jpeg->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg->dct_method = JDCT_ISLOW;
  jpeg_start_decompress(jpeg);
  picture->rows = (int)jpeg->output_height;
  picture->columns = (int)jpeg->output_width;
  const size_t columns = (size_t)picture->columns;
  reading->status =
      memory_allocate(&picture->rgba, (size_t)picture->rows, columns * 4, reading->path);
  if (reading->status.code == STATUS_OK)
    reading->status =
        memory_allocate(&reading->row, columns, (size_t)jpeg->output_components, reading->path);
  if (reading->status.code != STATUS_OK) return;
  while (jpeg->output_scanline < jpeg->output_height) {
    const int row = (int)jpeg->output_scanline;
    jpeg_read_scanlines(jpeg, &reading->row, 1);
    put_row(reading, row);
  }
  const int orientation = orientation_of(jpeg);
  jpeg_finish_decompress(jpeg); /* which forgets the markers */
  reading->status = picture_turn(picture, orientation, reading->path);
}

Status jpeg_decode(Picture *picture, FILE *file, const char *path) {
  Reading reading = {.file = file, .path = path, .picture = picture};
  rewind(file);
  reading.jpeg.err = jpeg_std_error(&reading.errors);
  reading.errors.error_exit = on_error;
  reading.errors.emit_message = on_message;
  if (setjmp(reading.back) == 0) {
    jpeg_create_decompress(&reading.jpeg);
    read_all(&reading);
  }
  jpeg_destroy_decompress(&reading.jpeg);
  free(reading.row);
  return reading.status;
}
