// RUN: mjx-opt %s | mjx-opt | FileCheck %s
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-decompose | FileCheck %s --check-prefix=INLINE

func.func private @inner(%x: tensor<f32>) -> tensor<f32> {
  %0 = mjx.sin %x : tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func private @outer
// CHECK: mjx.call @inner(%{{.*}}) : (tensor<f32>) -> tensor<f32>
func.func private @outer(%x: tensor<f32>, %k: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %0 = mjx.call @inner(%x) : (tensor<f32>) -> tensor<f32>
  %1 = mjx.mul %0, %k : tensor<f32>
  return %1, %k : tensor<f32>, tensor<f32>
}

// INLINE-LABEL: func @plain
// INLINE-NOT: mjx.call
// INLINE: mjx.sin
// INLINE: mjx.mul
// INLINE-NOT: mjx.call
// INLINE: return
func.func @plain(%x: tensor<f32>) -> tensor<f32> {
  %0:2 = mjx.call @outer(%x, %x) : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return %0#0 : tensor<f32>
}

// RULES-LABEL: func @grad
// RULES-NOT: mjx.call
// RULES: %[[COS:.*]] = mjx.cos
// RULES: mjx.mul %{{.*}}, %[[COS]]
func.func @grad(%x: tensor<f32>, %k: tensor<f32>, %ct: tensor<f32>) -> tensor<f32> {
  %y, %dy = mjx.linearize(%x, %k) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %0:2 = mjx.call @outer(%a, %b) : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
    mjx.yield %0#0 : tensor<f32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return %g : tensor<f32>
}

// Calls in a loop are looked through as well.
// RULES-LABEL: func @jvp_in_scan
// RULES: mjx.scan
// RULES: mjx.sin
// RULES: mjx.cos
func.func @jvp_in_scan(%x: tensor<f32>, %dx: tensor<f32>) -> tensor<f32> {
  %y:2 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    %s = mjx.scan(%a) {num_consts = 0 : i64, num_carry = 1 : i64, length = 4 : i64} : (tensor<f32>) -> tensor<f32> {
    ^bb0(%c: tensor<f32>):
      %0:2 = mjx.call @outer(%c, %c) : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
      mjx.yield %0#0 : tensor<f32>
    }
    mjx.yield %s : tensor<f32>
  }
  return %y#1 : tensor<f32>
}

// RULES-LABEL: func @vmap
// RULES-NOT: mjx.call
// RULES: mjx.sin %{{.*}} : tensor<8xf32>
// RULES: mjx.mul %{{.*}} : tensor<8xf32>
func.func @vmap(%x: tensor<8xf32>, %k: tensor<f32>) -> (tensor<8xf32>, tensor<f32>) {
  %r:2 = mjx.vmap(%x, %k) in_axes = [0, -1], out_axes = [0, -1] {size = 8 : i64} : (tensor<8xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %0:2 = mjx.call @outer(%a, %b) : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
    mjx.yield %0#0, %0#1 : tensor<f32>, tensor<f32>
  }
  return %r#0, %r#1 : tensor<8xf32>, tensor<f32>
}
