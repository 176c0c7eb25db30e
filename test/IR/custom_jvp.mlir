// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-decompose --canonicalize --cse | FileCheck %s --check-prefix=INLINE
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES

// Where nothing is differentiated the function is inlined.

// SYNTAX-LABEL: func.func @plain(
// SYNTAX:         mjx.custom_jvp(%{{.*}}, %{{.*}}) {function = "f", num_consts = 1 : i64, wrt = array<i64: 0>} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
// SYNTAX:         } rule {
// INLINE-LABEL: func.func @plain(
// INLINE-NOT:     custom_jvp
// INLINE:         %[[Y:.*]] = mjx.mul
// INLINE-NEXT:    return %[[Y]]
func.func @plain(%k: tensor<f32>, %x: tensor<f32>) -> tensor<f32> {
  %y = mjx.custom_jvp(%k, %x) {function = "f", num_consts = 1 : i64, wrt = array<i64: 0>} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
  ^bb0(%c: tensor<f32>, %a: tensor<f32>):
    %0 = mjx.mul %c, %a : tensor<f32>
    mjx.yield %0 : tensor<f32>
  } rule {
  ^bb0(%c: tensor<f32>, %a: tensor<f32>, %da: tensor<f32>):
    %0 = mjx.mul %c, %a : tensor<f32>
    %1 = mjx.cos %a : tensor<f32>
    %2 = mjx.mul %da, %1 : tensor<f32>
    mjx.yield %0, %2 : tensor<f32>, tensor<f32>
  }
  return %y : tensor<f32>
}

// Forward mode inlines the rule.

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X:[a-z0-9]+]]: tensor<f32>, %[[DX:[a-z0-9]+]]: tensor<f32>)
// RULES-DAG:     %[[Y:.*]] = mjx.sin %[[X]]
// RULES-DAG:     %[[DY:.*]] = mjx.neg %[[DX]]
// RULES:         return %[[Y]], %[[DY]]
func.func @jvp(%x: tensor<f32>, %dx: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %y:2 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    %0 = mjx.custom_jvp(%a) {function = "f", num_consts = 0 : i64, wrt = array<i64: 0>} : (tensor<f32>) -> tensor<f32> {
    ^bb0(%b: tensor<f32>):
      %1 = mjx.sin %b : tensor<f32>
      mjx.yield %1 : tensor<f32>
    } rule {
    ^bb0(%b: tensor<f32>, %db: tensor<f32>):
      %1 = mjx.sin %b : tensor<f32>
      %2 = mjx.neg %db : tensor<f32>
      mjx.yield %1, %2 : tensor<f32>, tensor<f32>
    }
    mjx.yield %0 : tensor<f32>
  }
  return %y#0, %y#1 : tensor<f32>, tensor<f32>
}

// Reverse mode linearizes it: the loop over value and tangent is taken apart.

// RULES-LABEL: func.func @reverse(
// RULES-SAME:    %[[X:[a-z0-9]+]]: tensor<f32>, %[[CT:[a-z0-9]+]]: tensor<f32>)
// RULES:         mjx.scan(%[[X]])
// RULES:         mjx.scan({{.*}}%[[CT]]
// RULES-SAME:      reverse = true
// RULES-NOT:     mjx.scan
// RULES:         return
func.func @reverse(%x: tensor<f32>, %ct: tensor<f32>) -> tensor<f32> {
  %y, %l = mjx.linearize(%x) wrt = [0] : (tensor<f32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%a: tensor<f32>):
    %0 = mjx.custom_jvp(%a) {function = "f", num_consts = 0 : i64, wrt = array<i64: 0>} : (tensor<f32>) -> tensor<f32> {
    ^bb0(%b: tensor<f32>):
      mjx.yield %b : tensor<f32>
    } rule {
    ^bb0(%b: tensor<f32>, %db: tensor<f32>):
      %1:2 = mjx.scan(%b, %db) {length = 4 : i64, num_carry = 2 : i64, num_consts = 0 : i64} : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
      ^bb1(%c: tensor<f32>, %dc: tensor<f32>):
        %2 = mjx.sin %c : tensor<f32>
        %3 = mjx.cos %c : tensor<f32>
        %4 = mjx.mul %dc, %3 : tensor<f32>
        mjx.yield %2, %4 : tensor<f32>, tensor<f32>
      }
      mjx.yield %1#0, %1#1 : tensor<f32>, tensor<f32>
    }
    mjx.yield %0 : tensor<f32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return %g : tensor<f32>
}

// By a constant the function is differentiated as if it had no rule.

// RULES-LABEL: func.func @const(
// RULES-SAME:    %[[K:[a-z0-9]+]]: tensor<f32>, %[[DK:[a-z0-9]+]]: tensor<f32>, %[[X:[a-z0-9]+]]: tensor<f32>)
// RULES:         %[[DY:.*]] = mjx.mul %[[DK]], %[[X]]
// RULES:         return %[[DY]]
func.func @const(%k: tensor<f32>, %dk: tensor<f32>, %x: tensor<f32>) -> tensor<f32> {
  %y:2 = mjx.jvp(%k, %dk) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%j: tensor<f32>):
    %0 = mjx.custom_jvp(%j, %x) {function = "f", num_consts = 1 : i64, wrt = array<i64: 0>} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
    ^bb0(%c: tensor<f32>, %a: tensor<f32>):
      %1 = mjx.mul %c, %a : tensor<f32>
      mjx.yield %1 : tensor<f32>
    } rule {
    ^bb0(%c: tensor<f32>, %a: tensor<f32>, %da: tensor<f32>):
      %1 = mjx.mul %c, %a : tensor<f32>
      mjx.yield %1, %da : tensor<f32>, tensor<f32>
    }
    mjx.yield %0 : tensor<f32>
  }
  return %y#1 : tensor<f32>
}

// Over a batch it keeps its rule; what is not batched stays so.

// RULES-LABEL: func.func @batch(
// RULES:         mjx.custom_jvp(%{{.*}}, %{{.*}}) {function = "f", num_consts = 1 : i64, wrt = array<i64: 0>} : (tensor<f32>, tensor<8xf32>) -> tensor<8xf32>
// RULES-NEXT:    ^bb0(%{{.*}}: tensor<f32>, %{{.*}}: tensor<8xf32>):
// RULES:         rule
// RULES-NEXT:    ^bb0(%{{.*}}: tensor<f32>, %{{.*}}: tensor<8xf32>, %{{.*}}: tensor<8xf32>):
func.func @batch(%k: tensor<f32>, %x: tensor<8xf32>) -> tensor<8xf32> {
  %y = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 8 : i64} : (tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%e: tensor<f32>):
    %0 = mjx.custom_jvp(%k, %e) {function = "f", num_consts = 1 : i64, wrt = array<i64: 0>} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
    ^bb0(%c: tensor<f32>, %a: tensor<f32>):
      %1 = mjx.mul %c, %a : tensor<f32>
      mjx.yield %1 : tensor<f32>
    } rule {
    ^bb0(%c: tensor<f32>, %a: tensor<f32>, %da: tensor<f32>):
      %1 = mjx.mul %c, %a : tensor<f32>
      %2 = mjx.mul %da, %c : tensor<f32>
      mjx.yield %1, %2 : tensor<f32>, tensor<f32>
    }
    mjx.yield %0 : tensor<f32>
  }
  return %y : tensor<8xf32>
}
