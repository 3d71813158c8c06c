#ifndef NORMLAB_DATA_IMPORT_FILES_H
#define NORMLAB_DATA_IMPORT_FILES_H
/* The pictures of a folder that has a folder for each class. Not collective. */
#include "data/imported.h"

typedef struct ImportFile {
  char *path; /* owned */
  int label, is_test;
} ImportFile;

typedef struct ImportFiles {
  ImportFile *file; /* [n], class by class, in the order of their names by bytes */
  int n, room, n_classes;
  int is_split; /* 1: the folder has a folder train and a folder test with the classes in each, and
                   is_test says where a picture lies; 0: is_test is not set */
} ImportFiles;

/* Finds them, and names the classes. Names that begin with a point are left aside; other files
 * beside the folders of classes are, too, with a note. Returns STATUS_FILE if a folder cannot be
 * read, and STATUS_DATA if there is anything but files in a class, or none; if there are not 2 to
 * 256 classes, or their names cannot be kept; if train and test have other classes. The caller
 * frees the files by import_files_free(), also after a failure. */
Status import_files_find(ImportFiles *files, ImportedNote *note, const char *folder) MUST_CHECK;
void import_files_free(ImportFiles *files);

#endif
