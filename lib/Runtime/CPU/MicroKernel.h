//===- MicroKernel.h - Register tiles of the matrix product -----*- C++ -*-===//
//
// Included by one file per instruction set. Everything is in an anonymous
// namespace, and nothing inline comes from elsewhere: the linker must not pick
// code compiled for a better processor to be used by all.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_LIB_RUNTIME_CPU_MICROKERNEL_H
#define MJX_LIB_RUNTIME_CPU_MICROKERNEL_H

#include "GemmKernels.h"

namespace mjx::runtime {
namespace {

#define MJX_INLINE static inline __attribute__((always_inline))

// `Isa` names Scalar, Vector, Mask, lanes, rows and vectors, and the operations
// zero, load, store, broadcast, fma and mask; masked ones touch no memory
// outside the mask.

/// One tile of `M` rows and `V` vectors; `full` if the last vector is complete.
template <typename Isa, int M, int V, bool full>
MJX_INLINE void accumulateTile(int64_t k, const typename Isa::Scalar *a, int64_t aRow, int64_t aCol,
                               const typename Isa::Scalar *b, int64_t bRow,
                               typename Isa::Vector (&sum)[M][V], typename Isa::Mask mask) {
  for (int64_t p = 0; p < k; ++p) {
    typename Isa::Vector row[V];
#pragma unroll
    for (int j = 0; j < V; ++j)
      row[j] =
          full || j < V - 1 ? Isa::load(b + j * Isa::lanes) : Isa::load(b + j * Isa::lanes, mask);
#pragma unroll
    for (int i = 0; i < M; ++i) {
      typename Isa::Vector element = Isa::broadcast(a[i * aRow]);
#pragma unroll
      for (int j = 0; j < V; ++j)
        sum[i][j] = Isa::fma(element, row[j], sum[i][j]);
    }
    a += aCol;
    b += bRow;
  }
}

template <typename Isa, int M, int V, bool full>
MJX_INLINE void storeTile(typename Isa::Vector (&sum)[M][V], typename Isa::Scalar *c, int64_t cRow,
                          bool accumulate, typename Isa::Mask mask) {
#pragma unroll
  for (int i = 0; i < M; ++i)
#pragma unroll
    for (int j = 0; j < V; ++j) {
      typename Isa::Scalar *target = c + i * cRow + j * Isa::lanes;
      if (full || j < V - 1)
        Isa::store(target, accumulate ? Isa::load(target) + sum[i][j] : sum[i][j]);
      else
        Isa::store(target, accumulate ? Isa::load(target, mask) + sum[i][j] : sum[i][j], mask);
    }
}

template <typename Isa, int M, int V, bool full>
MJX_INLINE void runTile(int64_t k, const typename Isa::Scalar *a, int64_t aRow, int64_t aCol,
                        const typename Isa::Scalar *b, int64_t bRow, typename Isa::Scalar *c,
                        int64_t cRow, bool accumulate, typename Isa::Mask mask) {
  typename Isa::Vector sum[M][V];
#pragma unroll
  for (int i = 0; i < M; ++i)
#pragma unroll
    for (int j = 0; j < V; ++j)
      sum[i][j] = Isa::zero();
  accumulateTile<Isa, M, V, full>(k, a, aRow, aCol, b, bRow, sum, mask);
  storeTile<Isa, M, V, full>(sum, c, cRow, accumulate, mask);
}

template <typename Isa, int M, int V>
void tile(int64_t k, const typename Isa::Scalar *a, int64_t aRow, int64_t aCol,
          const typename Isa::Scalar *b, int64_t bRow, typename Isa::Scalar *c, int64_t cRow,
          int64_t n, bool accumulate) {
  int64_t last = n - (V - 1) * Isa::lanes;
  typename Isa::Mask mask = Isa::mask(last);
  if (last == Isa::lanes)
    runTile<Isa, M, V, true>(k, a, aRow, aCol, b, bRow, c, cRow, accumulate, mask);
  else
    runTile<Isa, M, V, false>(k, a, aRow, aCol, b, bRow, c, cRow, accumulate, mask);
}

// A transpose exchanges, for step = lanes/2, ..., 2, 1, blocks of `step` lanes
// between the vectors that are `step` apart.

template <int lanes, int step> constexpr int exchangeIndex(bool second, int lane) {
  // The first result takes, in each group of 2*step lanes, the low half of
  // both sources; the second result the high halves.
  int inGroup = lane % (2 * step), group = lane - inGroup;
  int source = inGroup < step ? 0 : lanes;
  return source + group + inGroup % step + (second ? step : 0);
}

template <int... I> struct Lanes {};
template <int n, int... I> struct MakeLanes : MakeLanes<n - 1, n - 1, I...> {};
template <int... I> struct MakeLanes<0, I...> {
  using type = Lanes<I...>;
};

template <typename Vector, int step, int... I>
MJX_INLINE void exchange(Vector &x, Vector &y, Lanes<I...>) {
  constexpr int lanes = sizeof...(I);
  Vector low = __builtin_shufflevector(x, y, exchangeIndex<lanes, step>(false, I)...);
  y = __builtin_shufflevector(x, y, exchangeIndex<lanes, step>(true, I)...);
  x = low;
}

template <typename Isa, int step> MJX_INLINE void transposeSteps(typename Isa::Vector *rows) {
  if constexpr (step >= 1) {
#pragma unroll
    for (int i = 0; i < Isa::lanes; ++i)
      if (!(i & step))
        exchange<typename Isa::Vector, step>(rows[i], rows[i + step],
                                             typename MakeLanes<Isa::lanes>::type());
    transposeSteps<Isa, step / 2>(rows);
  }
}

template <typename Isa>
void packTransposed(int64_t k, int64_t n, const typename Isa::Scalar *b, int64_t bCol,
                    typename Isa::Scalar *out, int64_t outRow) {
  constexpr int64_t lanes = Isa::lanes;
  for (int64_t j = 0; j < n; j += lanes) {
    int64_t columns = n - j < lanes ? n - j : lanes;
    const typename Isa::Scalar *from = b + j * bCol;
    int64_t p = 0;
    for (; p + lanes <= k; p += lanes) {
      typename Isa::Vector rows[lanes];
#pragma unroll
      for (int i = 0; i < lanes; ++i)
        rows[i] = i < columns ? Isa::load(from + i * bCol + p) : Isa::zero();
      transposeSteps<Isa, lanes / 2>(rows);
#pragma unroll
      for (int i = 0; i < lanes; ++i)
        Isa::store(out + (p + i) * outRow + j, rows[i]);
    }
    for (; p < k; ++p)
      for (int64_t i = 0; i < lanes; ++i)
        out[p * outRow + j + i] = i < columns ? from[i * bCol + p] : 0;
  }
}

template <typename Isa> MJX_INLINE typename Isa::Scalar sumOfLanes(typename Isa::Vector v) {
  typename Isa::Scalar sum = 0;
  for (int i = 0; i < Isa::lanes; ++i)
    sum += v[i];
  return sum;
}

/// `R` dot products with one vector. Two sums for each, since one would wait
/// for the latency of every addition.
template <typename Isa, int R>
MJX_INLINE void dotsOfRows(int64_t k, const typename Isa::Scalar *rows, int64_t rowStep,
                           const typename Isa::Scalar *vector, typename Isa::Scalar *out,
                           int64_t outStep, bool accumulate) {
  constexpr int64_t lanes = Isa::lanes;
  typename Isa::Vector even[R], odd[R];
#pragma unroll
  for (int i = 0; i < R; ++i)
    even[i] = odd[i] = Isa::zero();
  int64_t p = 0;
  for (; p + 2 * lanes <= k; p += 2 * lanes)
#pragma unroll
    for (int i = 0; i < R; ++i) {
      const typename Isa::Scalar *row = rows + i * rowStep + p;
      even[i] = Isa::fma(Isa::load(row), Isa::load(vector + p), even[i]);
      odd[i] = Isa::fma(Isa::load(row + lanes), Isa::load(vector + p + lanes), odd[i]);
    }
  for (; p < k; p += lanes) {
    typename Isa::Mask mask = Isa::mask(k - p < lanes ? k - p : lanes);
    typename Isa::Vector part = Isa::load(vector + p, mask);
#pragma unroll
    for (int i = 0; i < R; ++i)
      even[i] = Isa::fma(Isa::load(rows + i * rowStep + p, mask), part, even[i]);
  }
#pragma unroll
  for (int i = 0; i < R; ++i) {
    typename Isa::Scalar sum = sumOfLanes<Isa>(even[i] + odd[i]);
    typename Isa::Scalar *target = out + i * outStep;
    *target = accumulate ? *target + sum : sum;
  }
}

template <typename Isa>
void rowDots(int64_t count, int64_t k, const typename Isa::Scalar *rows, int64_t rowStep,
             const typename Isa::Scalar *vector, typename Isa::Scalar *out, int64_t outStep,
             bool accumulate) {
  int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    dotsOfRows<Isa, 4>(k, rows + i * rowStep, rowStep, vector, out + i * outStep, outStep,
                       accumulate);
  for (; i < count; ++i)
    dotsOfRows<Isa, 1>(k, rows + i * rowStep, rowStep, vector, out + i * outStep, outStep,
                       accumulate);
}

/// The table of all tiles of an instruction set.
template <typename Isa> struct Tiles {
  using Tile = typename TileKernels<typename Isa::Scalar>::Tile;

  template <int... I> struct Table {
    static constexpr Tile entries[] = {tile<Isa, I / Isa::vectors + 1, I % Isa::vectors + 1>...};
  };
  template <int... I> static constexpr const Tile *entriesOf(Lanes<I...>) {
    return Table<I...>::entries;
  }
  static constexpr TileKernels<typename Isa::Scalar> kernels() {
    return {Isa::rows,           Isa::lanes * Isa::vectors,
            Isa::lanes,          entriesOf(typename MakeLanes<Isa::rows * Isa::vectors>::type()),
            packTransposed<Isa>, rowDots<Isa>};
  }
};

} // namespace
} // namespace mjx::runtime

#endif // MJX_LIB_RUNTIME_CPU_MICROKERNEL_H
