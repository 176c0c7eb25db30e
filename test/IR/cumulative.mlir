// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// The running sum of a contiguous lane stays in a register.
// SYNTAX-LABEL: @lane(
// SYNTAX: mjx.cumulative add %{{.*}}, dim = 0 : tensor<5xf32>
// LINALG-LABEL: @lane(
// LINALG: scf.for {{.*}} -> (tensor<5xf32>, f32)
func.func @lane(%x: tensor<5xf32>) -> tensor<5xf32> {
  %0 = mjx.cumulative add %x, dim = 0 : tensor<5xf32>
  return %0 : tensor<5xf32>
}

// SYNTAX-LABEL: @rows(
// SYNTAX: mjx.cumulative max %{{.*}}, dim = 0 {reverse = true} : tensor<5x2xi32>
// LINALG-LABEL: @rows(
// LINALG: scf.for
// LINALG: scf.for
// LINALG: arith.maxsi
func.func @rows(%x: tensor<5x2xi32>) -> tensor<5x2xi32> {
  %0 = mjx.cumulative max %x, dim = 0 {reverse = true} : tensor<5x2xi32>
  return %0 : tensor<5x2xi32>
}

// RULES-LABEL: @sum_grad(
// RULES: mjx.cumulative add %{{.*}}, dim = 0 {reverse = true} : tensor<3xf32>
func.func @sum_grad(%x: tensor<3xf32>, %ct: tensor<3xf32>) -> tensor<3xf32> {
  %y, %map = mjx.linearize(%x) wrt = [0] : (tensor<3xf32>) -> (tensor<3xf32>, !mjx.linear<(tensor<3xf32>) -> tensor<3xf32>>) {
  ^bb0(%a: tensor<3xf32>):
    %r = mjx.cumulative add %a, dim = 0 : tensor<3xf32>
    mjx.yield %r : tensor<3xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<3xf32>) -> tensor<3xf32>>, tensor<3xf32>) -> tensor<3xf32>
  return %g : tensor<3xf32>
}

// The tangents of partial products are a recurrence; nothing is divided by.
// RULES-LABEL: @product_grad(
// RULES: mjx.cumulative mul
// RULES-NOT: mjx.div
// RULES: return
func.func @product_grad(%x: tensor<3xf32>, %ct: tensor<3xf32>) -> tensor<3xf32> {
  %y, %map = mjx.linearize(%x) wrt = [0] : (tensor<3xf32>) -> (tensor<3xf32>, !mjx.linear<(tensor<3xf32>) -> tensor<3xf32>>) {
  ^bb0(%a: tensor<3xf32>):
    %r = mjx.cumulative mul %a, dim = 0 : tensor<3xf32>
    mjx.yield %r : tensor<3xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<3xf32>) -> tensor<3xf32>>, tensor<3xf32>) -> tensor<3xf32>
  return %g : tensor<3xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.cumulative add %{{.*}}, dim = 1 : tensor<4x3xf32>
func.func @batch(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %y = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 4 : i64} : (tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a: tensor<3xf32>):
    %r = mjx.cumulative add %a, dim = 0 : tensor<3xf32>
    mjx.yield %r : tensor<3xf32>
  }
  return %y : tensor<4x3xf32>
}
