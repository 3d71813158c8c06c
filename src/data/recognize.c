#include "recognize.h"

#include "stream.h"
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 512 };

typedef struct FileKind {
  size_t place; /* of the signature, in bytes from the start */
  const char *signature;
  size_t n;
  const char *what;
} FileKind;

#define SIGNATURE(text) text, sizeof text - 1
#define PICTURE                                                                                    \
  ": normlab data import makes a data folder of PNG and JPEG files, and predict reads PNG"

static const FileKind KINDS[] = {
    {0, SIGNATURE("PK\3\4"), "is a zip archive: unpack it"},
    {0, SIGNATURE("PK\5\6"), "is an empty zip archive: fetch it again"},
    {257, SIGNATURE("ustar"), "is a tar archive: unpack it (tar xf)"},
    {0, SIGNATURE("7z\xbc\xaf\x27\x1c"), "is a 7z archive: unpack it"},
    {0, SIGNATURE("Rar!\x1a\x07"), "is a rar archive: unpack it"},
    {0,
     SIGNATURE("\xfd"
               "7zXZ"),
     "is compressed by xz: decompress it (unxz)"},
    {0, SIGNATURE("BZh"), "is compressed by bzip2: decompress it (bunzip2)"},
    {0, SIGNATURE("\x28\xb5\x2f\xfd"), "is compressed by zstd: decompress it (unzstd)"},
    {0, SIGNATURE("\x1f\x8b"), "is compressed by gzip twice: decompress it once (gunzip)"},
    {0, SIGNATURE("\x1f\x9d"), "is compressed by compress: decompress it (uncompress)"},
    {0, SIGNATURE("\xff\xd8\xff"), "is a JPEG image" PICTURE},
    {0, SIGNATURE("\x89PNG"), "is a PNG image" PICTURE},
    {0, SIGNATURE("GIF8"), "is a GIF image" PICTURE},
    {0, SIGNATURE("BM"), "is a BMP image" PICTURE},
    {0, SIGNATURE("II*\0"), "is a TIFF image" PICTURE},
    {0, SIGNATURE("MM\0*"), "is a TIFF image" PICTURE},
    {8, SIGNATURE("WEBP"), "is a WebP image" PICTURE},
    {0, SIGNATURE("\x93NUMPY"), "is a NumPy array (.npy): write it as an IDX file"},
    {0, SIGNATURE("PAR1"), "is a Parquet table: write its images as IDX files"},
    {0, SIGNATURE("ARROW1"), "is an Arrow table: write its images as IDX files"},
    {0, SIGNATURE("\x89HDF\r\n"), "is an HDF5 file: write its arrays as IDX files"},
    {0, SIGNATURE("MATLAB "), "is a MATLAB file: write its arrays as IDX files"},
    {0, SIGNATURE("\x80\2"), "is a Python pickle: fetch the binary version of the data"},
    {0, SIGNATURE("\x80\3"), "is a Python pickle: fetch the binary version of the data"},
    {0, SIGNATURE("\x80\4"), "is a Python pickle: fetch the binary version of the data"},
    {0, SIGNATURE("\x80\5"), "is a Python pickle: fetch the binary version of the data"},
    {0, SIGNATURE("%PDF"), "is a PDF document"},
    {0, SIGNATURE("SQLite"), "is an SQLite database: write its images as IDX files"},
    {0, SIGNATURE("version https://git-lfs"),
     "is a pointer of Git LFS: fetch the file itself (git lfs pull)"}};

static int is_text(const uint8_t *head, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (head[i] >= 0x80 || (!isprint(head[i]) && !isspace(head[i]))) return 0;
  return 1;
}

static const char *text_kind(const uint8_t *head, size_t n) {
  enum { FEWEST = 16 };
  size_t start = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  while (start < n && isspace(head[start])) start++;
  head += start;
  n -= start;
  if (n < FEWEST || !is_text(head, FEWEST)) return NULL;
  if (head[0] == '<')
    return "is a web page (HTML or XML), perhaps that of an error: fetch the file again";
  if (!is_text(head, n)) return NULL;
  if (head[0] == '{' || head[0] == '[')
    return "is a text (JSON): fetch the file itself, or write its images as IDX files";
  return "is a text (CSV?): fetch the file itself, or write its images as IDX files";
}

/* NumPy's .npz is a zip archive whose first file is NAME.npy; its name begins at byte 30. */
static int is_npz(const uint8_t *head, size_t n) {
  enum { NAME = 30, LONGEST_NAME = 64 };
  if (n < NAME || memcmp(head, "PK\3\4", 4) != 0) return 0;
  size_t length = n - NAME < LONGEST_NAME ? n - NAME : LONGEST_NAME;
  return memmem(head + NAME, length, ".npy", 4) != NULL;
}

static const char *kind_of(const uint8_t *head, size_t n) {
  if (is_npz(head, n)) return "is a NumPy archive (.npz): write its arrays as IDX files";
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
    const FileKind *kind = &KINDS[i];
    if (kind->place + kind->n <= n && memcmp(head + kind->place, kind->signature, kind->n) == 0)
      return kind->what;
  }
  return n > 0 ? text_kind(head, n) : NULL;
}

const char *recognize_file(const char *path) {
  Stream *stream;
  uint8_t head[HEAD];
  size_t n = 0;
  if (stream_open(&stream, path).code != STATUS_OK) return NULL;
  /* What is before damage or the end counts all the same. */
  Status status = stream_read(stream, head, sizeof head, &n);
  const char *what = status.code == STATUS_OK ? kind_of(head, n) : NULL;
  stream_close(stream);
  return what;
}

Status recognize_refuse(const char *path, const char *expected) {
  const char *what = recognize_file(path);
  if (!what) return status_ok();
  return status_error(STATUS_DATA, "%s: expected %s, but it %s", path, expected, what);
}

static int is_visible(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static const char *python_version(const char *name) {
  if (strcmp(name, "cifar-10-batches-py") != 0 && strcmp(name, "data_batch_1") != 0 &&
      strcmp(name, "cifar-100-python") != 0)
    return NULL;
  return "is of CIFAR's Python version: fetch the binary version, cifar-10-binary.tar.gz";
}

void recognize_in_folder(char *text, size_t bytes, const char *folder) {
  struct dirent **entries;
  int n = scandir(folder, &entries, is_visible, alphasort);
  text[0] = '\0';
  for (int i = 0; i < n; i++) {
    char *path = NULL;
    const char *name = entries[i]->d_name, *what = python_version(name);
    if (!text[0] && !what && asprintf(&path, "%s/%s", folder, name) >= 0)
      what = recognize_file(path);
    if (!text[0] && what) snprintf(text, bytes, "; %.80s there %s", name, what);
    free(path);
    free(entries[i]);
  }
  if (n >= 0) free(entries);
}
