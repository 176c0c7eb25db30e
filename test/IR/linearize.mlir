// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES

// SYNTAX-LABEL: func.func @linearize(
// SYNTAX:         %{{.*}}:3 = mjx.linearize(%{{.*}}, %{{.*}}) wrt = [0] : (tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<i32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
// RULES-LABEL: func.func @linearize(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[N:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[EXP:.*]] = mjx.exp %[[X]] : tensor<f32>
// RULES:         %[[MUL:.*]] = mjx.mul %[[DX]], %[[EXP]] : tensor<f32>
// RULES:         return %[[EXP]], %[[MUL]] : tensor<f32>, tensor<f32>
func.func @linearize(%x: tensor<f32>, %n: tensor<i32>, %dx: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %y, %k, %l = mjx.linearize(%x, %n) wrt = [0] : (tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<i32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%a: tensor<f32>, %b: tensor<i32>):
    %0 = mjx.exp %a : tensor<f32>
    mjx.yield %0, %b : tensor<f32>, tensor<i32>
  }
  %dy = mjx.apply %l(%dx) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return %y, %dy : tensor<f32>, tensor<f32>
}
