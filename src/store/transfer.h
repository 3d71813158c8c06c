#ifndef NORMLAB_STORE_TRANSFER_H
#define NORMLAB_STORE_TRANSFER_H
/* Hands a record, or the failure to read one, from one process to another of the same program, in
 * memory that both see. Not collective. */
#include "store/record.h"

/* Writes the status, and the record if it is a success, to memory of `room` bytes, which holds
 * zeros. What does not fit is a failure: STATUS_DATA. */
void transfer_write(char *memory, size_t room, const Status *status, const Record *record);

/* Fills an empty record from this memory, or returns the failure that it holds. Nothing in it is
 * believed: STATUS_DATA if it is not what transfer_write() writes, or if a dimension scale does not
 * fit its data set. `file` is for messages. After a failure the record is empty. */
Status transfer_read(Record *record, const char *file, const char *memory, size_t room) MUST_CHECK;

#endif
