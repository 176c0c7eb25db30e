//===- MinCut.cpp - The cheapest way to separate two nodes ----------------===//
#include "mjx/Interfaces/MinCut.h"

#include <algorithm>

namespace mjx {

static constexpr unsigned unreached = ~0u;

void FlowNetwork::addEdge(unsigned from, unsigned to, int64_t capacity) {
  outgoing[from].push_back(edges.size());
  edges.push_back({to, capacity});
  outgoing[to].push_back(edges.size());
  edges.push_back({from, 0});
}

/// Distances from the source along edges with capacity left.
bool FlowNetwork::findLevels(unsigned source, unsigned sink) {
  level.assign(outgoing.size(), unreached);
  level[source] = 0;
  std::vector<unsigned> queue{source};
  for (size_t i = 0; i < queue.size(); ++i)
    for (unsigned e : outgoing[queue[i]])
      if (edges[e].left > 0 && level[edges[e].to] == unreached) {
        level[edges[e].to] = level[queue[i]] + 1;
        queue.push_back(edges[e].to);
      }
  return level[sink] != unreached;
}

/// Pushes flow along one path of increasing level; 0 if there is none left.
/// Without recursion: a path may be as long as a program.
int64_t FlowNetwork::push(unsigned source, unsigned sink) {
  std::vector<unsigned> path;
  unsigned node = source;
  while (node != sink) {
    std::vector<unsigned> &out = outgoing[node];
    unsigned &i = next[node];
    while (i < out.size() &&
           (edges[out[i]].left == 0 || level[edges[out[i]].to] != level[node] + 1))
      ++i;
    if (i < out.size()) {
      path.push_back(out[i]);
      node = edges[out[i]].to;
    } else if (path.empty()) {
      return 0;
    } else {
      // A dead end: back, and past the edge that led here.
      node = edges[path.back() ^ 1].to;
      path.pop_back();
      ++next[node];
    }
  }
  int64_t amount = unlimited;
  for (unsigned e : path)
    amount = std::min(amount, edges[e].left);
  for (unsigned e : path) {
    edges[e].left -= amount;
    edges[e ^ 1].left += amount;
  }
  return amount;
}

int64_t FlowNetwork::maximizeFlow(unsigned source, unsigned sink) {
  int64_t flow = 0;
  while (flow < unlimited && findLevels(source, sink)) {
    next.assign(outgoing.size(), 0);
    while (int64_t amount = push(source, sink))
      if ((flow += amount) >= unlimited)
        break;
  }
  return flow;
}

std::vector<bool> FlowNetwork::sinkSide(unsigned sink) const {
  std::vector<bool> reaches(outgoing.size());
  reaches[sink] = true;
  std::vector<unsigned> queue{sink};
  for (size_t i = 0; i < queue.size(); ++i)
    for (unsigned e : outgoing[queue[i]])
      if (edges[e ^ 1].left > 0 && !reaches[edges[e].to]) {
        reaches[edges[e].to] = true;
        queue.push_back(edges[e].to);
      }
  return reaches;
}

} // namespace mjx
