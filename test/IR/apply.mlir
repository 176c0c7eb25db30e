// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES

// SYNTAX-LABEL: func.func @apply(
// SYNTAX:         %{{.*}} = mjx.apply %{{.*}}(%{{.*}}, %{{.*}}) : (!mjx.linear<(tensor<f32>, tensor<f32>) -> tensor<f32>>, tensor<f32>, tensor<f32>) -> tensor<f32>
// RULES-LABEL: func.func @apply(
// RULES-SAME:    %[[W:[a-z0-9]+]]:
// RULES-SAME:    %[[U:[a-z0-9]+]]:
// RULES-SAME:    %[[V:[a-z0-9]+]]:
// RULES:         %[[MUL:.*]] = mjx.mul %[[U]], %[[W]] : tensor<f32>
// RULES:         %[[SUB:.*]] = mjx.sub %[[MUL]], %[[V]] : tensor<f32>
// RULES:         return %[[SUB]] : tensor<f32>
func.func @apply(%w: tensor<f32>, %u: tensor<f32>, %v: tensor<f32>) -> tensor<f32> {
  %l = mjx.linear_map : !mjx.linear<(tensor<f32>, tensor<f32>) -> tensor<f32>> {
  ^bb0(%da: tensor<f32>, %db: tensor<f32>):
    %0 = mjx.mul %da, %w : tensor<f32>
    %1 = mjx.sub %0, %db : tensor<f32>
    mjx.yield %1 : tensor<f32>
  }
  %t = mjx.apply %l(%u, %v) : (!mjx.linear<(tensor<f32>, tensor<f32>) -> tensor<f32>>, tensor<f32>, tensor<f32>) -> tensor<f32>
  return %t : tensor<f32>
}
