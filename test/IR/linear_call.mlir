// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-decompose --canonicalize --cse | FileCheck %s --check-prefix=INLINE
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES

// SYNTAX-LABEL: func.func @plain(
// SYNTAX:         mjx.linear_call(%{{.*}}, %{{.*}}) {function = "f", num_residuals = 1 : i64} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
// SYNTAX:         } of({
// INLINE-LABEL: func.func @plain(
// INLINE-SAME:    %[[R:[a-z0-9]+]]: tensor<f32>, %[[X:[a-z0-9]+]]: tensor<f32>)
// INLINE:         %[[Y:.*]] = mjx.div %[[X]], %[[R]]
// INLINE-NEXT:    return %[[Y]]
func.func @plain(%r: tensor<f32>, %x: tensor<f32>) -> tensor<f32> {
  %y = mjx.linear_call(%r, %x) {function = "f", num_residuals = 1 : i64} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
  ^bb0(%k: tensor<f32>, %ct: tensor<f32>):
    %0 = mjx.mul %ct, %k : tensor<f32>
    mjx.yield %0 : tensor<f32>
  } of ({
  ^bb0(%k: tensor<f32>, %a: tensor<f32>):
    %0 = mjx.div %a, %k : tensor<f32>
    mjx.yield %0 : tensor<f32>
  })
  return %y : tensor<f32>
}

// Reversed, the given transpose takes its place.

// RULES-LABEL: func.func @reverse(
// RULES-SAME:    %[[R:[a-z0-9]+]]: tensor<f32>, %{{.*}}: tensor<f32>, %[[CT:[a-z0-9]+]]: tensor<f32>)
// RULES:         %[[G:.*]] = mjx.mul %[[CT]], %[[R]]
// RULES-NEXT:    return %[[G]]
func.func @reverse(%r: tensor<f32>, %x: tensor<f32>, %ct: tensor<f32>) -> tensor<f32> {
  %y, %l = mjx.linearize(%x) wrt = [0] : (tensor<f32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%e: tensor<f32>):
    %0 = mjx.linear_call(%r, %e) {function = "f", num_residuals = 1 : i64} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
    ^bb0(%k: tensor<f32>, %b: tensor<f32>):
      %1 = mjx.mul %b, %k : tensor<f32>
      mjx.yield %1 : tensor<f32>
    } of ({
    ^bb0(%k: tensor<f32>, %a: tensor<f32>):
      %1 = mjx.div %a, %k : tensor<f32>
      mjx.yield %1 : tensor<f32>
    })
    mjx.yield %0 : tensor<f32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return %g : tensor<f32>
}

// In forward mode the function applies to the tangent; by a residual it is
// differentiated.

// RULES-LABEL: func.func @forward(
// RULES:         mjx.linear_call
// RULES:         mjx.linear_call
// RULES:         %[[R:.*]] = mjx.div
func.func @forward(%r: tensor<f32>, %x: tensor<f32>, %dr: tensor<f32>, %dx: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %y:2 = mjx.jvp(%r, %x, %dr, %dx) wrt = [0, 1] : (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%s: tensor<f32>, %e: tensor<f32>):
    %0 = mjx.linear_call(%s, %e) {function = "f", num_residuals = 1 : i64} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
    ^bb0(%k: tensor<f32>, %b: tensor<f32>):
      %1 = mjx.mul %b, %k : tensor<f32>
      mjx.yield %1 : tensor<f32>
    } of ({
    ^bb0(%k: tensor<f32>, %a: tensor<f32>):
      %1 = mjx.div %a, %k : tensor<f32>
      mjx.yield %1 : tensor<f32>
    })
    mjx.yield %0 : tensor<f32>
  }
  return %y#0, %y#1 : tensor<f32>, tensor<f32>
}

// RULES-LABEL: func.func @batch(
// RULES:         mjx.linear_call(%{{.*}}, %{{.*}}) {{.*}} : (tensor<f32>, tensor<8xf32>) -> tensor<8xf32>
func.func @batch(%r: tensor<f32>, %x: tensor<8xf32>) -> tensor<8xf32> {
  %y = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 8 : i64} : (tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%e: tensor<f32>):
    %0 = mjx.linear_call(%r, %e) {function = "f", num_residuals = 1 : i64} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
    ^bb0(%k: tensor<f32>, %b: tensor<f32>):
      %1 = mjx.mul %b, %k : tensor<f32>
      mjx.yield %1 : tensor<f32>
    } of ({
    ^bb0(%k: tensor<f32>, %a: tensor<f32>):
      %1 = mjx.div %a, %k : tensor<f32>
      mjx.yield %1 : tensor<f32>
    })
    mjx.yield %0 : tensor<f32>
  }
  return %y : tensor<8xf32>
}
