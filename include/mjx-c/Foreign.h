/* Foreign.h - C functions that programs of mjx call by name
 *
 * Register a function with mjx.ffi.register_ffi_target and call it with
 * mjx.ffi.ffi_call. It may be called on any thread, several at a time, and must
 * only write to its results. It returns 0; anything else is an error of the
 * program.
 */
#ifndef MJX_C_FOREIGN_H
#define MJX_C_FOREIGN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A dense row-major array. */
typedef struct {
  void *data;
  const char *dtype; /* "float32", "int64", ... as in NumPy */
  int64_t rank;
  const int64_t *shape;
  int64_t size; /* elements */
} mjx_array;

/* A named value of the call. */
typedef struct {
  const char *name;
  enum { MJX_INTEGER = 0, MJX_REAL = 1, MJX_TEXT = 2 } kind;
  int64_t integer; /* booleans too */
  double real;
  const char *text;
} mjx_parameter;

typedef struct {
  int64_t size; /* of this struct, for later versions */
  int64_t num_inputs, num_results, num_parameters;
  const mjx_array *inputs;
  const mjx_array *results;
  const mjx_parameter *parameters; /* in the order of their names */
  char *error;                     /* room for a message */
  int64_t error_size;
} mjx_call;

/* api="buffers" */
typedef int32_t (*mjx_function)(const mjx_call *call);
/* api="pointers": the data of the inputs and of the results, nothing else. */
typedef void (*mjx_plain_function)(void *const *results, const void *const *inputs);

#ifdef __cplusplus
}
#endif

#endif /* MJX_C_FOREIGN_H */
