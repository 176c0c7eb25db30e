// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES

// SYNTAX-LABEL: func.func @jvp(
// SYNTAX:         %{{.*}}:2 = mjx.jvp(%{{.*}}, %{{.*}}, %{{.*}}) wrt = [0] : (tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[W:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[MUL:.*]] = mjx.mul %[[X]], %[[W]] : tensor<f32>
// RULES:         %[[MUL2:.*]] = mjx.mul %[[DX]], %[[W]] : tensor<f32>
// RULES:         return %[[MUL]], %[[MUL2]] : tensor<f32>, tensor<f32>
func.func @jvp(%x: tensor<f32>, %w: tensor<f32>, %dx: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %y, %dy = mjx.jvp(%x, %w, %dx) wrt = [0] : (tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %0 = mjx.mul %a, %b : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  return %y, %dy : tensor<f32>, tensor<f32>
}
