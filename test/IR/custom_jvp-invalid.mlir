// RUN: mjx-opt %s --split-input-file --verify-diagnostics

func.func @consts(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expected num_consts to count some of the 1 operands, but got 2}}
  %y = mjx.custom_jvp(%x) {function = "f", num_consts = 2 : i64, wrt = array<i64: 0>} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  } rule {
  ^bb0(%a: tensor<f32>, %da: tensor<f32>):
    mjx.yield %a, %da : tensor<f32>, tensor<f32>
  }
  return %y : tensor<f32>
}

// -----

func.func @integer(%x: tensor<i32>) -> tensor<i32> {
  // expected-error @+1 {{expected `wrt` to name inputs of floating point or complex type in increasing order, but got [0]}}
  %y = mjx.custom_jvp(%x) {function = "f", num_consts = 0 : i64, wrt = array<i64: 0>} : (tensor<i32>) -> tensor<i32> {
  ^bb0(%a: tensor<i32>):
    mjx.yield %a : tensor<i32>
  } rule {
  ^bb0(%a: tensor<i32>):
    mjx.yield %a : tensor<i32>
  }
  return %y : tensor<i32>
}

// -----

func.func @arguments(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expected the rule to take 2 arguments, but got 1}}
  %y = mjx.custom_jvp(%x) {function = "f", num_consts = 0 : i64, wrt = array<i64: 0>} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  } rule {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a, %a : tensor<f32>, tensor<f32>
  }
  return %y : tensor<f32>
}

// -----

func.func @yields(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expected the rule to yield 2 values, but got 1}}
  %y = mjx.custom_jvp(%x) {function = "f", num_consts = 0 : i64, wrt = array<i64: 0>} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  } rule {
  ^bb0(%a: tensor<f32>, %da: tensor<f32>):
    mjx.yield %a : tensor<f32>
  }
  return %y : tensor<f32>
}

// -----

func.func @tangent(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expected the rule to yield value 1 as 'tensor<f32>', but got 'tensor<f64>'}}
  %y = mjx.custom_jvp(%x) {function = "f", num_consts = 0 : i64, wrt = array<i64: 0>} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  } rule {
  ^bb0(%a: tensor<f32>, %da: tensor<f32>):
    %0 = mjx.convert %da : tensor<f32> -> tensor<f64>
    mjx.yield %a, %0 : tensor<f32>, tensor<f64>
  }
  return %y : tensor<f32>
}
