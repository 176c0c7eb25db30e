// Programs as the compiler would emit them, for the tests of the runtime.

#include <math.h>
#include <stdint.h>
#include <string.h>

extern void mjx_rt_gemm_f32(int64_t batch, int64_t m, int64_t n, int64_t k,
                            const float *a, int64_t aBatch, int64_t aRow,
                            int64_t aCol, const float *b, int64_t bBatch,
                            int64_t bRow, int64_t bCol, float *c,
                            int64_t cBatch, int64_t cRow, int32_t accumulate);

int32_t add(void *const *buffers, void *scratch) {
  const float *x = buffers[0], *y = buffers[1];
  float *sum = buffers[2];
  (void)scratch;
  for (int i = 0; i < 4; ++i)
    sum[i] = x[i] + y[i];
  return 0;
}

// Its output takes over its input: both must be the same memory.
int32_t increment(void *const *buffers, void *scratch) {
  float *x = buffers[1];
  (void)scratch;
  if (buffers[0] != buffers[1])
    return 7;
  for (int i = 0; i < 4; ++i)
    x[i] += 1;
  return 0;
}

int32_t fail(void *const *buffers, void *scratch) {
  (void)buffers, (void)scratch;
  return 3;
}

int32_t use_scratch(void *const *buffers, void *scratch) {
  if ((uintptr_t)scratch % 64 != 0)
    return 1;
  memset(scratch, 1, 4096);
  memcpy(buffers[1], buffers[0], 16);
  return 0;
}

int32_t sine(void *const *buffers, void *scratch) {
  const float *x = buffers[0];
  float *y = buffers[1];
  (void)scratch;
  for (int i = 0; i < 4; ++i)
    y[i] = sinf(x[i]);
  return 0;
}

int32_t product(void *const *buffers, void *scratch) {
  (void)scratch;
  mjx_rt_gemm_f32(1, 2, 2, 2, buffers[0], 0, 2, 1, buffers[1], 0, 2, 1,
                  buffers[2], 0, 2, 0);
  return 0;
}
