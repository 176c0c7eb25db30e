//===- Gemm.cpp - Matrix products of f32 and f64 ----------------*- C++ -*-===//
//
// Register tiles (GemmKernels.h) inside blocks that fit the caches. Operands
// are read in place where the tiles can; B is packed when its rows are not
// contiguous or are read often, A when its layout would defeat the caches.
//
//===----------------------------------------------------------------------===//

#include "Gemm.h"

#include "mjx/Runtime/Kernels.h"
#include "mjx/Runtime/ThreadPool.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <sys/mman.h>

namespace mjx::runtime {

// Of the contraction: a tile's rows of A stay in the first-level cache.
static constexpr int64_t depthBlock = 512;
// Rows of A and columns of B that are kept in the second level.
static constexpr int64_t rowBlock = 192;
static constexpr int64_t columnBlock = 1024;
// Below this, waking another thread costs more than it brings.
static constexpr double parallelFlops = 1e6;

const GemmKernels &gemmKernels() {
  static const GemmKernels *chosen = [] {
#if defined(__x86_64__)
    const char *text = std::getenv("MJX_MAX_ISA");
    std::string_view limit = text ? text : "avx512";
    bool fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("f16c");
    bool wide = fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (wide && limit == "avx512")
      return &avx512GemmKernels;
    if (fma && limit != "baseline")
      return &avx2GemmKernels;
#endif
    return &baselineGemmKernels;
  }();
  return *chosen;
}

namespace {

/// Memory for packed operands, kept by each thread that multiplies.
class PackSpace {
public:
  ~PackSpace() { std::free(memory); }
  /// Null when the system has no memory.
  void *get(size_t bytes) {
    if (bytes > capacity) {
      std::free(memory);
      size_t page = bytes < hugePage / 2 ? 4096 : hugePage;
      capacity = (bytes + page - 1) / page * page;
      memory = std::aligned_alloc(page, capacity);
      if (!memory)
        capacity = 0;
      else if (page == hugePage)
        madvise(memory, capacity, MADV_HUGEPAGE);
    }
    return memory;
  }

private:
  static constexpr size_t hugePage = size_t(2) << 20;
  void *memory = nullptr;
  size_t capacity = 0;
};

thread_local PackSpace packSpaceA, packSpaceB;

/// The product of one pair of matrices, on the calling thread.
template <typename T> class Multiplier {
public:
  Multiplier(const TileKernels<T> &kernels, const MatrixProduct<T> &problem)
      : kernels(kernels), p(problem) {}
  void run();

private:
  bool multiplyVector() const;
  bool wantsPackedB() const;
  bool wantsPackedA(int64_t rows) const;
  void packB(int64_t k0, int64_t k, int64_t j0, int64_t n, T *out) const;
  Matrix<const T> packA(int64_t i0, int64_t m, int64_t k0, int64_t k) const;
  void multiplyBlock(int64_t i0, int64_t m, int64_t k0, int64_t k, int64_t j0, int64_t n,
                     const T *packedB) const;

  const TileKernels<T> &kernels;
  const MatrixProduct<T> &p;
};

} // namespace

template <typename T> bool Multiplier<T>::wantsPackedB() const {
  return p.b.col != 1 || (p.m > 4 * kernels.rows && p.n * p.k > 16384);
}

// Panels of `columns` columns, each with its rows one after the other.
template <typename T>
void Multiplier<T>::packB(int64_t k0, int64_t k, int64_t j0, int64_t n, T *out) const {
  int64_t width = kernels.columns;
  for (int64_t j = 0; j < n; j += width, out += k * width) {
    int64_t columns = std::min(width, n - j);
    const T *from = p.b.at(k0, j0 + j);
    if (p.b.row == 1) {
      kernels.packTransposed(k, columns, from, p.b.col, out, width);
      continue;
    }
    for (int64_t q = 0; q < k; ++q) {
      T *row = out + q * width;
      const T *source = from + q * p.b.row;
      if (p.b.col == 1)
        std::memcpy(row, source, columns * sizeof(T));
      else
        for (int64_t i = 0; i < columns; ++i)
          row[i] = source[i * p.b.col];
      if (columns < width)
        std::memset(row + columns, 0, (width - columns) * sizeof(T));
    }
  }
}

// Rows a multiple of 1 KiB apart compete for the same lines of the cache;
// columns, for the translation of addresses. Neither matters to few reads.
template <typename T> bool Multiplier<T>::wantsPackedA(int64_t rows) const {
  if (rows <= kernels.rows || p.n <= kernels.columns)
    return false;
  return p.a.col != 1 || p.a.row * int64_t(sizeof(T)) % 1024 == 0;
}

// Part of A as the tiles shall read it.
template <typename T>
Matrix<const T> Multiplier<T>::packA(int64_t i0, int64_t m, int64_t k0, int64_t k) const {
  Matrix<const T> part = {p.a.at(i0, k0), p.a.row, p.a.col};
  if (!wantsPackedA(m))
    return part;
  constexpr int64_t pitch = depthBlock + 16;
  auto *out = static_cast<T *>(packSpaceA.get((rowBlock + 16) * pitch * sizeof(T)));
  if (!out)
    return part;
  if (p.a.row == 1) {
    int64_t height = (m + 15) / 16 * 16;
    for (int64_t q = 0; q < k; ++q)
      std::memcpy(out + q * height, part.at(0, q), m * sizeof(T));
    return {out, 1, height};
  }
  for (int64_t i = 0; i < m; ++i)
    for (int64_t q = 0; q < k; ++q)
      out[i * pitch + q] = *part.at(i, q);
  return {out, pitch, 1};
}

// Asks for a tile of C, which is needed when its product is done.
template <typename T> static void prefetch(const Matrix<T> &c, int64_t rows, int64_t columns) {
  constexpr int64_t line = 64 / sizeof(T);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; j += line)
      __builtin_prefetch(c.at(i, j), /*write=*/1);
}

template <typename T>
void Multiplier<T>::multiplyBlock(int64_t i0, int64_t m, int64_t k0, int64_t k, int64_t j0,
                                  int64_t n, const T *packedB) const {
  Matrix<const T> a = packA(i0, m, k0, k);
  bool accumulate = p.accumulate || k0 > 0;
  int64_t width = kernels.columns;
  for (int64_t j = 0; j < n; j += width) {
    int64_t columns = std::min(width, n - j);
    const T *b = packedB ? packedB + j * k : p.b.at(k0, j0 + j);
    int64_t bRow = packedB ? width : p.b.row;
    for (int64_t i = 0; i < m; i += kernels.rows) {
      int64_t rows = std::min(kernels.rows, m - i);
      Matrix<T> c = {p.c.at(i0 + i, j0 + j), p.c.row, 1};
      prefetch(c, rows, columns);
      kernels.tile(rows, columns)(k, a.at(i, 0), a.row, a.col, b, bRow, c.data, c.row, columns,
                                  accumulate);
    }
  }
}

// What is left when there is no memory for packing.
template <typename T> static void multiplyInPlace(const MatrixProduct<T> &p) {
  for (int64_t i = 0; i < p.m; ++i)
    for (int64_t j = 0; j < p.n; ++j) {
      T sum = p.accumulate ? *p.c.at(i, j) : T(0);
      for (int64_t q = 0; q < p.k; ++q)
        sum += *p.a.at(i, q) * *p.b.at(q, j);
      *p.c.at(i, j) = sum;
    }
}

// A row of A times columns of B, or rows of A times a column of B, all
// contiguous: tiles would use one lane of their vectors.
template <typename T> bool Multiplier<T>::multiplyVector() const {
  if (p.a.col != 1 || p.b.row != 1)
    return false;
  if (p.n == 1)
    kernels.rowDots(p.m, p.k, p.a.data, p.a.row, p.b.data, p.c.data, p.c.row, p.accumulate);
  else if (p.m == 1)
    kernels.rowDots(p.n, p.k, p.b.data, p.b.col, p.a.data, p.c.data, 1, p.accumulate);
  else
    return false;
  return true;
}

template <typename T> void Multiplier<T>::run() {
  if (multiplyVector())
    return;
  bool pack = wantsPackedB();
  T *packedB = nullptr;
  if (pack) {
    int64_t columns = std::min(p.n, columnBlock) + kernels.columns;
    packedB = static_cast<T *>(packSpaceB.get(columns * std::min(p.k, depthBlock) * sizeof(T)));
    if (!packedB)
      return multiplyInPlace(p);
  }
  int64_t width = pack ? columnBlock : p.n;
  for (int64_t k0 = 0; k0 < p.k; k0 += depthBlock) {
    int64_t k = std::min(depthBlock, p.k - k0);
    for (int64_t j0 = 0; j0 < p.n; j0 += width) {
      int64_t n = std::min(width, p.n - j0);
      if (pack)
        packB(k0, k, j0, n, packedB);
      for (int64_t i0 = 0; i0 < p.m; i0 += rowBlock)
        multiplyBlock(i0, std::min(rowBlock, p.m - i0), k0, k, j0, n, packedB);
    }
  }
}

namespace {

/// How one product is cut into blocks for several threads.
struct Blocks {
  int64_t height, width, down, across;

  int64_t count() const { return down * across; }
};

} // namespace

static int64_t ceilDiv(int64_t x, int64_t y) { return (x + y - 1) / y; }

// Across first: each block packs the columns of B it needs, which only blocks
// below each other need twice.
template <typename T>
static Blocks cutIntoBlocks(const TileKernels<T> &kernels, int64_t m, int64_t n, int64_t wanted) {
  auto piece = [](int64_t extent, int64_t pieces, int64_t unit) {
    return ceilDiv(ceilDiv(extent, pieces), unit) * unit;
  };
  int64_t across = std::clamp(n / (2 * kernels.columns), int64_t(1), wanted);
  int64_t down = std::clamp(m / (8 * kernels.rows), int64_t(1), ceilDiv(wanted, across));
  int64_t width = piece(n, across, kernels.columns);
  int64_t height = piece(m, down, kernels.rows);
  return {height, width, ceilDiv(m, height), ceilDiv(n, width)};
}

template <typename T>
static MatrixProduct<T> blockOf(const MatrixProduct<T> &whole, const Blocks &blocks,
                                int64_t index) {
  int64_t i = index % blocks.down * blocks.height;
  int64_t j = index / blocks.down * blocks.width;
  MatrixProduct<T> part = whole;
  part.a.data = whole.a.at(i, 0);
  part.b.data = whole.b.at(0, j);
  part.c.data = whole.c.at(i, j);
  part.m = std::min(blocks.height, whole.m - i);
  part.n = std::min(blocks.width, whole.n - j);
  return part;
}

// Matrices that all meet the same B, one after the other, are one tall matrix.
template <typename T> static void foldBatch(BatchedProduct<T> &batched) {
  MatrixProduct<T> &first = batched.first;
  if (batched.bStep != 0 || batched.aStep != first.m * first.a.row ||
      batched.cStep != first.m * first.c.row)
    return;
  first.m *= batched.count;
  batched.count = 1;
}

// Contiguous columns of A times one column of B: as a row times a matrix it has
// results in every lane. The column of C must be readable as a row.
template <typename T> static void exchangeRoles(BatchedProduct<T> &batched) {
  MatrixProduct<T> &p = batched.first;
  if (p.n != 1 || p.a.row != 1 || p.a.col == 1 || p.c.row != 1)
    return;
  std::swap(p.m, p.n);
  std::swap(batched.aStep, batched.bStep);
  Matrix<const T> columns = p.a;
  p.a = {p.b.data, 1, p.b.row};
  p.b = {columns.data, columns.col, 1};
}

template <typename T> static void clear(const BatchedProduct<T> &batched) {
  for (int64_t index = 0; index < batched.count; ++index) {
    MatrixProduct<T> member = batched.member(index);
    for (int64_t i = 0; i < member.m; ++i)
      std::fill_n(member.c.at(i, 0), member.n, T(0));
  }
}

template <typename T> static const TileKernels<T> &tileKernels() {
  if constexpr (sizeof(T) == sizeof(float))
    return gemmKernels().f32;
  else
    return gemmKernels().f64;
}

template <typename T> void multiply(BatchedProduct<T> batched) {
  const MatrixProduct<T> &first = batched.first;
  if (batched.count <= 0 || first.m <= 0 || first.n <= 0)
    return;
  if (first.k <= 0)
    return first.accumulate ? void() : clear(batched);
  foldBatch(batched);
  exchangeRoles(batched);
  const TileKernels<T> &kernels = tileKernels<T>();
  ThreadPool &pool = ThreadPool::global();
  double flopsEach = 2.0 * first.m * first.n * first.k;
  int threads = flopsEach * batched.count < parallelFlops ? 1 : pool.numThreads();
  if (threads == 1) {
    for (int64_t index = 0; index < batched.count; ++index)
      Multiplier<T>(kernels, batched.member(index)).run();
    return;
  }
  int64_t wanted =
      std::min(ceilDiv(2 * threads, batched.count), std::max(int64_t(1), int64_t(flopsEach / 5e5)));
  Blocks blocks = cutIntoBlocks(kernels, first.m, first.n, wanted);
  int64_t grain = std::max(1.0, 5e5 * blocks.count() / flopsEach);
  pool.parallelFor(batched.count * blocks.count(), grain, [&](int64_t begin, int64_t end) {
    for (int64_t index = begin; index < end; ++index) {
      auto member = batched.member(index / blocks.count());
      auto block = blockOf(member, blocks, index % blocks.count());
      Multiplier<T>(kernels, block).run();
    }
  });
}

template void multiply(BatchedProduct<float>);
template void multiply(BatchedProduct<double>);

} // namespace mjx::runtime

#define MJX_DEFINE_GEMM(suffix, T)                                                                 \
  void mjx_rt_gemm_##suffix(int64_t batch, int64_t m, int64_t n, int64_t k, const T *a,            \
                            int64_t aBatch, int64_t aRow, int64_t aCol, const T *b,                \
                            int64_t bBatch, int64_t bRow, int64_t bCol, T *c, int64_t cBatch,      \
                            int64_t cRow, int32_t accumulate) {                                    \
    mjx::runtime::multiply<T>(                                                                     \
        {{m, n, k, {a, aRow, aCol}, {b, bRow, bCol}, {c, cRow, 1}, accumulate != 0},               \
         batch,                                                                                    \
         aBatch,                                                                                   \
         bBatch,                                                                                   \
         cBatch});                                                                                 \
  }
MJX_DEFINE_GEMM(f32, float)
MJX_DEFINE_GEMM(f64, double)
#undef MJX_DEFINE_GEMM
