// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// A column sum runs row by row.
// SYNTAX-LABEL: @columns(
// SYNTAX: mjx.reduce add %{{.*}}, dims = [0] : tensor<2x3xf32> -> tensor<3xf32>
// LINALG-LABEL: @columns(
// LINALG: linalg.fill
// LINALG: iterator_types = ["reduction", "parallel"]
// LINALG: arith.addf {{.*}} fastmath<reassoc> : f32
func.func @columns(%x: tensor<2x3xf32>) -> tensor<3xf32> {
  %0 = mjx.reduce add %x, dims = [0] : tensor<2x3xf32> -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// Floats of 16 bits are added in 32.
// LINALG-LABEL: @half(
// LINALG: arith.extf {{.*}} : bf16 to f32
// LINALG: arith.addf {{.*}} : f32
// LINALG: arith.truncf {{.*}} : f32 to bf16
func.func @half(%x: tensor<5xbf16>) -> tensor<bf16> {
  %0 = mjx.reduce add %x, dims = [0] : tensor<5xbf16> -> tensor<bf16>
  return %0 : tensor<bf16>
}

// LINALG-LABEL: @unsigned(
// LINALG: arith.maxui
func.func @unsigned(%x: tensor<5xui8>) -> tensor<ui8> {
  %0 = mjx.reduce max %x, dims = [0] : tensor<5xui8> -> tensor<ui8>
  return %0 : tensor<ui8>
}

// The reverse of a sum is a broadcast.
// RULES-LABEL: @sum_grad(
// RULES-SAME: %{{.*}}: tensor<2x3xf32>, %[[CT:.*]]: tensor<2xf32>)
// RULES: %[[G:.*]] = mjx.broadcast_in_dim %[[CT]], dims = [0] : tensor<2xf32> -> tensor<2x3xf32>
// RULES: return %[[G]]
func.func @sum_grad(%x: tensor<2x3xf32>, %ct: tensor<2xf32>) -> tensor<2x3xf32> {
  %y, %map = mjx.linearize(%x) wrt = [0] : (tensor<2x3xf32>) -> (tensor<2xf32>, !mjx.linear<(tensor<2x3xf32>) -> tensor<2xf32>>) {
  ^bb0(%a: tensor<2x3xf32>):
    %r = mjx.reduce add %a, dims = [1] : tensor<2x3xf32> -> tensor<2xf32>
    mjx.yield %r : tensor<2xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<2x3xf32>) -> tensor<2xf32>>, tensor<2xf32>) -> tensor<2x3xf32>
  return %g : tensor<2x3xf32>
}

// Equal maxima share the cotangent.
// RULES-LABEL: @max_grad(
// RULES: %[[MAX:.*]] = mjx.reduce max
// RULES: mjx.compare eq
// RULES: %[[COUNT:.*]] = mjx.reduce add
// RULES: mjx.div %{{.*}}, %[[COUNT]]
// RULES: mjx.select
func.func @max_grad(%x: tensor<3xf32>, %ct: tensor<f32>) -> tensor<3xf32> {
  %y, %map = mjx.linearize(%x) wrt = [0] : (tensor<3xf32>) -> (tensor<f32>, !mjx.linear<(tensor<3xf32>) -> tensor<f32>>) {
  ^bb0(%a: tensor<3xf32>):
    %r = mjx.reduce max %a, dims = [0] : tensor<3xf32> -> tensor<f32>
    mjx.yield %r : tensor<f32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<3xf32>) -> tensor<f32>>, tensor<f32>) -> tensor<3xf32>
  return %g : tensor<3xf32>
}

// No element is divided by, so zeros do no harm.
// RULES-LABEL: @product_grad(
// RULES: mjx.cumulative mul
// RULES: mjx.cumulative mul %{{.*}} {reverse = true}
// RULES-NOT: mjx.div
// RULES: return
func.func @product_grad(%x: tensor<3xf32>, %ct: tensor<f32>) -> tensor<3xf32> {
  %y, %map = mjx.linearize(%x) wrt = [0] : (tensor<3xf32>) -> (tensor<f32>, !mjx.linear<(tensor<3xf32>) -> tensor<f32>>) {
  ^bb0(%a: tensor<3xf32>):
    %r = mjx.reduce mul %a, dims = [0] : tensor<3xf32> -> tensor<f32>
    mjx.yield %r : tensor<f32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<3xf32>) -> tensor<f32>>, tensor<f32>) -> tensor<3xf32>
  return %g : tensor<3xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.reduce add %{{.*}}, dims = [0] : tensor<2x4x3xf32> -> tensor<4x3xf32>
func.func @batch(%x: tensor<2x4x3xf32>) -> tensor<4x3xf32> {
  %y = mjx.vmap(%x) in_axes = [1], out_axes = [0] {size = 4 : i64} : (tensor<2x4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a: tensor<2x3xf32>):
    %r = mjx.reduce add %a, dims = [0] : tensor<2x3xf32> -> tensor<3xf32>
    mjx.yield %r : tensor<3xf32>
  }
  return %y : tensor<4x3xf32>
}
