// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX:         mjx.iota dim = 1
func.func @syntax() -> tensor<2x3xi32> {
  %0 = mjx.iota dim = 1 : tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// RULES-LABEL: func.func @batch_leaves_unbatched(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         %[[IOTA:.*]] = mjx.iota dim = 0
// RULES:         %[[B:.*]] = mjx.broadcast_in_dim %[[IOTA]], dims = [1]
// RULES:         %[[ADD:.*]] = mjx.add %[[X]], %[[B]]
// RULES:         return %[[ADD]] : tensor<4x3xf32>
func.func @batch_leaves_unbatched(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 4 : i64} : (tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a: tensor<3xf32>):
    %i = mjx.iota dim = 0 : tensor<3xf32>
    %s = mjx.add %a, %i : tensor<3xf32>
    mjx.yield %s : tensor<3xf32>
  }
  return %0 : tensor<4x3xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG:         %[[EMPTY:.*]] = tensor.empty()
// LINALG:         %[[GENERIC:.*]] = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} outs(%[[EMPTY]]
// LINALG:         linalg.index 0
// LINALG:         linalg.index 1
// LINALG:         linalg.yield %{{.*}}
// LINALG:         return %[[GENERIC]] : tensor<2x3xi32>
func.func @lower() -> tensor<2x3xi32> {
  %0 = mjx.iota dim = 1 : tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}
