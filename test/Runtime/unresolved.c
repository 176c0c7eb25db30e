// A program that calls what nobody defines.

#include <stdint.h>

extern int32_t mjx_rt_nobody_defines_this(void);

int32_t call_nobody(void *const *buffers, void *scratch) {
  (void)buffers, (void)scratch;
  return mjx_rt_nobody_defines_this();
}
