// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// First the extremum, then the least index that has it.
// SYNTAX-LABEL: @rows(
// SYNTAX: mjx.arg_reduce max %{{.*}}, dim = 1 : tensor<2x3xf32> -> tensor<2xi32>
// LINALG-LABEL: @rows(
// LINALG: arith.maximumf
// LINALG: linalg.index 1
// LINALG: arith.cmpf oeq
// LINALG: arith.cmpf uno
// LINALG: arith.minsi
func.func @rows(%x: tensor<2x3xf32>) -> tensor<2xi32> {
  %0 = mjx.arg_reduce max %x, dim = 1 : tensor<2x3xf32> -> tensor<2xi32>
  return %0 : tensor<2xi32>
}

// RULES-LABEL: @batch(
// RULES: mjx.arg_reduce min %{{.*}}, dim = 1 : tensor<4x3xf32> -> tensor<4xi64>
func.func @batch(%x: tensor<4x3xf32>) -> tensor<4xi64> {
  %y = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 4 : i64} : (tensor<4x3xf32>) -> tensor<4xi64> {
  ^bb0(%a: tensor<3xf32>):
    %r = mjx.arg_reduce min %a, dim = 0 : tensor<3xf32> -> tensor<i64>
    mjx.yield %r : tensor<i64>
  }
  return %y : tensor<4xi64>
}
