//===- MinCut.cpp - Tests of the smallest cut -------------------*- C++ -*-===//
//
// Against the smallest of all cuts, found by trying them.
//
//===----------------------------------------------------------------------===//
#include "mjx/Interfaces/MinCut.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

using mjx::FlowNetwork;

namespace {

struct Edge {
  unsigned from, to;
  int64_t capacity;
};

void require(bool holds, const char *what) {
  if (holds)
    return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

FlowNetwork networkOf(unsigned nodes, const std::vector<Edge> &edges) {
  FlowNetwork network(nodes);
  for (const Edge &e : edges)
    network.addEdge(e.from, e.to, e.capacity);
  return network;
}

int64_t capacityOf(const std::vector<Edge> &edges, const std::vector<bool> &sinkSide) {
  int64_t sum = 0;
  for (const Edge &e : edges)
    if (!sinkSide[e.from] && sinkSide[e.to])
      sum += e.capacity;
  return sum;
}

/// The smallest cut between node 0 and the last node, and how many nodes are
/// least on the side of the last.
std::pair<int64_t, int> smallestCut(unsigned nodes, const std::vector<Edge> &edges) {
  std::pair<int64_t, int> best{FlowNetwork::unlimited, 0};
  for (unsigned choice = 0; choice < 1u << (nodes - 2); ++choice) {
    std::vector<bool> side(nodes);
    side[nodes - 1] = true;
    int count = 1;
    for (unsigned i = 0; i < nodes - 2; ++i) {
      side[i + 1] = choice >> i & 1;
      count += choice >> i & 1;
    }
    best = std::min(best, {capacityOf(edges, side), count});
  }
  return best;
}

void testRandom() {
  std::mt19937 random(7);
  for (int trial = 0; trial < 500; ++trial) {
    unsigned nodes = 2 + random() % 7;
    std::vector<Edge> edges;
    for (unsigned e = 0; e < 3 * nodes; ++e)
      edges.push_back(
          {unsigned(random() % nodes), unsigned(random() % nodes), int64_t(random() % 5)});
    FlowNetwork network = networkOf(nodes, edges);
    auto [capacity, count] = smallestCut(nodes, edges);
    require(network.maximizeFlow(0, nodes - 1) == capacity, "flow is the smallest cut");
    std::vector<bool> side = network.sinkSide(nodes - 1);
    require(capacityOf(edges, side) == capacity, "the cut found is a smallest one");
    require(std::count(side.begin(), side.end(), true) == count, "it is closest to the sink");
  }
}

/// A path as long as a large program, and no way to cut it.
void testLong() {
  constexpr unsigned n = 200000;
  FlowNetwork path(n), uncut(n);
  for (unsigned i = 0; i + 1 < n; ++i) {
    path.addEdge(i, i + 1, i == n / 2 ? 3 : 5);
    uncut.addEdge(i, i + 1, FlowNetwork::unlimited);
  }
  require(path.maximizeFlow(0, n - 1) == 3, "a long path is cut where it is thinnest");
  require(!path.sinkSide(n - 1)[n / 2] && path.sinkSide(n - 1)[n / 2 + 1], "right there");
  require(uncut.maximizeFlow(0, n - 1) >= FlowNetwork::unlimited, "unlimited edges are not cut");
  require(FlowNetwork(2).maximizeFlow(0, 1) == 0, "nothing flows where nothing leads");
}

} // namespace

int main() {
  testRandom();
  testLong();
  std::printf("min-cut: passed\n");
}
