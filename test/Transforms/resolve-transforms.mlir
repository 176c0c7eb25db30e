// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s

// d/dx [x * d/dy (x + y)] = 1 at any x: the inner derivative sees x as constant, the outer one
// differentiates what the inner one left, in which x + y has derivative 1 by y.
// CHECK-LABEL: func.func @no_confusion_forward(
// CHECK-SAME:    %[[X0:[a-z0-9]+]]:
// CHECK-SAME:    %[[DX:[a-z0-9]+]]:
// CHECK:       return %[[DX]] : tensor<f32>
func.func @no_confusion_forward(%x0: tensor<f32>, %dx: tensor<f32>) -> tensor<f32> {
  %v, %t = mjx.jvp(%x0, %dx) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%x: tensor<f32>):
    %one = mjx.constant dense<1.0> : tensor<f32>
    %s, %ds = mjx.jvp(%one, %one) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
    ^bb1(%y: tensor<f32>):
      %0 = mjx.add %x, %y : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    %p = mjx.mul %x, %ds : tensor<f32>
    mjx.yield %p : tensor<f32>
  }
  return %t : tensor<f32>
}

// CHECK-LABEL: func.func @no_confusion_reverse(
// CHECK-SAME:    %[[X0:[a-z0-9]+]]:
// CHECK:       %[[C:.*]] = mjx.constant dense<1.000000e+00> : tensor<f32>
// CHECK:       return %[[C]] : tensor<f32>
func.func @no_confusion_reverse(%x0: tensor<f32>) -> tensor<f32> {
  %one = mjx.constant dense<1.0> : tensor<f32>
  %v, %l = mjx.linearize(%x0) wrt = [0] : (tensor<f32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%x: tensor<f32>):
    %s, %k = mjx.linearize(%one) wrt = [0] : (tensor<f32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
    ^bb1(%y: tensor<f32>):
      %0 = mjx.add %x, %y : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    %ds = mjx.apply_transpose %k(%one) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
    %p = mjx.mul %x, %ds : tensor<f32>
    mjx.yield %p : tensor<f32>
  }
  %g = mjx.apply_transpose %l(%one) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return %g : tensor<f32>
}

// CHECK-LABEL: func.func @captured_value_is_constant(
// CHECK-SAME:    %[[X0:[a-z0-9]+]]:
// CHECK-SAME:    %[[W:[a-z0-9]+]]:
// CHECK-SAME:    %[[DX:[a-z0-9]+]]:
// CHECK:       %[[EXP:.*]] = mjx.exp %[[W]] : tensor<f32>
// CHECK:       %[[MUL:.*]] = mjx.mul %[[DX]], %[[EXP]] : tensor<f32>
// CHECK:       return %[[MUL]] : tensor<f32>
func.func @captured_value_is_constant(%x0: tensor<f32>, %w: tensor<f32>, %dx: tensor<f32>) -> tensor<f32> {
  %c = mjx.exp %w : tensor<f32>
  %v, %t = mjx.jvp(%x0, %dx) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%x: tensor<f32>):
    %p = mjx.mul %x, %c : tensor<f32>
    mjx.yield %p : tensor<f32>
  }
  return %t : tensor<f32>
}

// CHECK-LABEL: func.func @captured_by_vmap_does_not_vary(
// CHECK-SAME:    %[[X0:[a-z0-9]+]]:
// CHECK-SAME:    %[[W:[a-z0-9]+]]:
// CHECK:       %[[EXP:.*]] = mjx.exp %[[W]] : tensor<f32>
// CHECK:       %[[BROADCAST_IN_DIM:.*]] = mjx.broadcast_in_dim %[[EXP]], dims = [] : tensor<f32> -> tensor<3xf32>
// CHECK:       %[[MUL:.*]] = mjx.mul %[[X0]], %[[BROADCAST_IN_DIM]] : tensor<3xf32>
// CHECK:       return %[[MUL]], %[[EXP]] : tensor<3xf32>, tensor<f32>
func.func @captured_by_vmap_does_not_vary(%x0: tensor<3xf32>, %w: tensor<f32>) -> (tensor<3xf32>, tensor<f32>) {
  %r:2 = mjx.vmap(%x0) in_axes = [0], out_axes = [0, -1] {size = 3 : i64} : (tensor<3xf32>) -> (tensor<3xf32>, tensor<f32>) {
  ^bb0(%x: tensor<f32>):
    %c = mjx.exp %w : tensor<f32>
    %p = mjx.mul %x, %c : tensor<f32>
    mjx.yield %p, %c : tensor<f32>, tensor<f32>
  }
  return %r#0, %r#1 : tensor<3xf32>, tensor<f32>
}

// CHECK-LABEL: func.func @applied_twice(
// CHECK-SAME:    %[[X0:[a-z0-9]+]]:
// CHECK-SAME:    %[[A:[a-z0-9]+]]:
// CHECK-SAME:    %[[B:[a-z0-9]+]]:
// CHECK:       %[[COS:.*]] = mjx.cos %[[X0]] : tensor<f32>
// CHECK:       %[[MUL:.*]] = mjx.mul %[[A]], %[[COS]] : tensor<f32>
// CHECK:       %[[MUL2:.*]] = mjx.mul %[[B]], %[[COS]] : tensor<f32>
// CHECK:       return %[[MUL]], %[[MUL2]], %[[MUL2]] : tensor<f32>, tensor<f32>, tensor<f32>
func.func @applied_twice(%x0: tensor<f32>, %a: tensor<f32>, %b: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  %v, %l = mjx.linearize(%x0) wrt = [0] : (tensor<f32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%x: tensor<f32>):
    %0 = mjx.sin %x : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  %p = mjx.apply %l(%a) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  %q = mjx.apply %l(%b) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  %g = mjx.apply_transpose %l(%b) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return %p, %q, %g : tensor<f32>, tensor<f32>, tensor<f32>
}

// CHECK-LABEL: func.func @zero_tangents(
// CHECK-SAME:    %[[X0:[a-z0-9]+]]:
// CHECK-SAME:    %[[N:[a-z0-9]+]]:
// CHECK-SAME:    %[[DX:[a-z0-9]+]]:
// CHECK:       %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<f32>
// CHECK:       return %[[C]], %[[C]] : tensor<f32>, tensor<f32>
func.func @zero_tangents(%x0: tensor<f32>, %n: tensor<i32>, %dx: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %v:3, %t:2 = mjx.jvp(%x0, %n, %dx) wrt = [0] : (tensor<f32>, tensor<i32>, tensor<f32>) -> (tensor<f32>, tensor<i32>, tensor<f32>, tensor<f32>, tensor<f32>) {
  ^bb0(%x: tensor<f32>, %i: tensor<i32>):
    %f = mjx.convert %i : tensor<i32> -> tensor<f32>
    %s = mjx.sign %x : tensor<f32>
    mjx.yield %f, %i, %s : tensor<f32>, tensor<i32>, tensor<f32>
  }
  return %t#0, %t#1 : tensor<f32>, tensor<f32>
}

// CHECK-LABEL: func.func @zero_cotangents(
// CHECK-SAME:    %[[X0:[a-z0-9]+]]:
// CHECK-SAME:    %[[Y0:[a-z0-9]+]]:
// CHECK-SAME:    %[[CT:[a-z0-9]+]]:
// CHECK:       %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<2xf32>
// CHECK:       %[[NEG:.*]] = mjx.neg %[[CT]] : tensor<f32>
// CHECK:       return %[[NEG]], %[[C]] : tensor<f32>, tensor<2xf32>
func.func @zero_cotangents(%x0: tensor<f32>, %y0: tensor<2xf32>, %ct: tensor<f32>) -> (tensor<f32>, tensor<2xf32>) {
  %v, %l = mjx.linearize(%x0, %y0) wrt = [0, 1] : (tensor<f32>, tensor<2xf32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>, tensor<2xf32>) -> tensor<f32>>) {
  ^bb0(%x: tensor<f32>, %y: tensor<2xf32>):
    %0 = mjx.neg %x : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  %g:2 = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<f32>, tensor<2xf32>) -> tensor<f32>>, tensor<f32>) -> (tensor<f32>, tensor<2xf32>)
  return %g#0, %g#1 : tensor<f32>, tensor<2xf32>
}

// CHECK-LABEL: func.func @aux_has_no_tangent(
// CHECK-SAME:    %[[X0:[a-z0-9]+]]:
// CHECK-SAME:    %[[DX:[a-z0-9]+]]:
// CHECK:       %[[COS:.*]] = mjx.cos %[[X0]] : tensor<f32>
// CHECK:       %[[EXP:.*]] = mjx.exp %[[X0]] : tensor<f32>
// CHECK:       %[[MUL:.*]] = mjx.mul %[[DX]], %[[COS]] : tensor<f32>
// CHECK:       return %[[EXP]], %[[MUL]] : tensor<f32>, tensor<f32>
func.func @aux_has_no_tangent(%x0: tensor<f32>, %dx: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %v:2, %l = mjx.linearize(%x0) wrt = [0] {num_aux = 1 : i64} : (tensor<f32>) -> (tensor<f32>, tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%x: tensor<f32>):
    %0 = mjx.sin %x : tensor<f32>
    %1 = mjx.exp %x : tensor<f32>
    mjx.yield %0, %1 : tensor<f32>, tensor<f32>
  }
  %t = mjx.apply %l(%dx) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return %v#1, %t : tensor<f32>, tensor<f32>
}

// CHECK-LABEL: func.func @jvp_of_vmap_of_reverse(
// CHECK-SAME:    %[[X0:[a-z0-9]+]]:
// CHECK-SAME:    %[[DX:[a-z0-9]+]]:
// CHECK-SAME:    %[[W:[a-z0-9]+]]:
// CHECK:       %[[SIN:.*]] = mjx.sin %[[X0]] : tensor<3xf32>
// CHECK:       %[[MUL:.*]] = mjx.mul %[[DX]], %[[SIN]] : tensor<3xf32>
// CHECK:       %[[BROADCAST_IN_DIM:.*]] = mjx.broadcast_in_dim %[[W]], dims = [] : tensor<f32> -> tensor<3xf32>
// CHECK:       %[[MUL2:.*]] = mjx.mul %[[MUL]], %[[BROADCAST_IN_DIM]] : tensor<3xf32>
// CHECK:       %[[NEG:.*]] = mjx.neg %[[MUL2]] : tensor<3xf32>
// CHECK:       return %[[NEG]] : tensor<3xf32>
func.func @jvp_of_vmap_of_reverse(%x0: tensor<3xf32>, %dx: tensor<3xf32>, %w: tensor<f32>) -> tensor<3xf32> {
  %v, %t = mjx.jvp(%x0, %dx) wrt = [0] : (tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  ^bb0(%xs: tensor<3xf32>):
    %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {size = 3 : i64} : (tensor<3xf32>) -> tensor<3xf32> {
    ^bb1(%x: tensor<f32>):
      %s, %l = mjx.linearize(%x) wrt = [0] : (tensor<f32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
      ^bb2(%a: tensor<f32>):
        %0 = mjx.sin %a : tensor<f32>
        mjx.yield %0 : tensor<f32>
      }
      %g = mjx.apply_transpose %l(%w) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
      mjx.yield %g : tensor<f32>
    }
    mjx.yield %r : tensor<3xf32>
  }
  return %t : tensor<3xf32>
}
