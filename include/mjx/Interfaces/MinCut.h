//===- MinCut.h - The cheapest way to separate two nodes --------*- C++ -*-===//
#ifndef MJX_INTERFACES_MINCUT_H
#define MJX_INTERFACES_MINCUT_H

#include <cstdint>
#include <limits>
#include <vector>

namespace mjx {

/// A directed graph whose edges have capacities. By Dinic's algorithm: Dinitz,
/// "Algorithm for Solution of a Problem of Maximum Flow in Networks with Power
/// Estimation", 1970.
class FlowNetwork {
public:
  static constexpr int64_t unlimited = std::numeric_limits<int64_t>::max() / 4;

  explicit FlowNetwork(unsigned nodes) : outgoing(nodes) {}

  void addEdge(unsigned from, unsigned to, int64_t capacity);
  /// The largest flow from `source` to `sink`, which is the smallest capacity
  /// of edges that separate them; at least `unlimited` if none do.
  int64_t maximizeFlow(unsigned source, unsigned sink);
  /// After maximizeFlow: which nodes a smallest cut leaves on the side of the
  /// sink; of all such cuts, the one closest to it.
  std::vector<bool> sinkSide(unsigned sink) const;

private:
  struct Edge {
    unsigned to;
    int64_t left;
  };
  bool findLevels(unsigned source, unsigned sink);
  int64_t push(unsigned source, unsigned sink);

  // Edge `e` runs against edge `e ^ 1`.
  std::vector<Edge> edges;
  std::vector<std::vector<unsigned>> outgoing;
  std::vector<unsigned> level, next;
};

} // namespace mjx

#endif // MJX_INTERFACES_MINCUT_H
