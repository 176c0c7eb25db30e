// RUN: mjx-opt %s --split-input-file --verify-diagnostics

func.func @counts(%x: tensor<4xf32>) {
  // expected-error @+1 {{mjx.scan: expected num_consts and num_carry to count some of the 1 operands, but got 1 and 1}}
  mjx.scan(%x) {num_consts = 1 : i64, num_carry = 1 : i64, length = 4 : i64} : (tensor<4xf32>) -> () {
  ^bb0(%a: tensor<4xf32>):
    mjx.yield
  }
  return
}

// -----

func.func @length(%x: tensor<4xf32>) {
  // expected-error @+1 {{mjx.scan: expected operand 0 to have a leading dimension of 5, but got 'tensor<4xf32>'}}
  mjx.scan(%x) {num_consts = 0 : i64, num_carry = 0 : i64, length = 5 : i64} : (tensor<4xf32>) -> () {
  ^bb0(%a: tensor<f32>):
    mjx.yield
  }
  return
}

// -----

func.func @negative(%x: tensor<4xf32>) {
  // expected-error @+1 {{mjx.scan: expected length to be at least 0, but got -1}}
  mjx.scan(%x) {num_consts = 1 : i64, num_carry = 0 : i64, length = -1 : i64} : (tensor<4xf32>) -> () {
  ^bb0(%a: tensor<4xf32>):
    mjx.yield
  }
  return
}

// -----

func.func @argument(%x: tensor<4xf32>) {
  // expected-error @+1 {{mjx.scan: expected argument 0 of the body to be 'tensor<f32>', but got 'tensor<4xf32>'}}
  mjx.scan(%x) {num_consts = 0 : i64, num_carry = 0 : i64, length = 4 : i64} : (tensor<4xf32>) -> () {
  ^bb0(%a: tensor<4xf32>):
    mjx.yield
  }
  return
}

// -----

func.func @carry(%c: tensor<f32>) {
  // expected-error @+1 {{mjx.scan: expected the body to yield carry 0 as 'tensor<f32>', but got 'tensor<i32>'}}
  %0 = mjx.scan(%c) {num_consts = 0 : i64, num_carry = 1 : i64, length = 4 : i64} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    %1 = mjx.convert %a : tensor<f32> -> tensor<i32>
    mjx.yield %1 : tensor<i32>
  }
  return
}

// -----

func.func @too_few(%c: tensor<f32>) {
  // expected-error @+1 {{mjx.scan: expected the body to yield 1 carries and then what is stacked, but got 0 values}}
  %0 = mjx.scan(%c) {num_consts = 0 : i64, num_carry = 1 : i64, length = 4 : i64} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    mjx.yield
  }
  return
}

// -----

func.func @result(%x: tensor<4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{inferred type(s) 'tensor<4xf32>' are incompatible with return type(s) of operation 'tensor<f32>'}}
  %0 = mjx.scan(%x) {num_consts = 0 : i64, num_carry = 0 : i64, length = 4 : i64} : (tensor<4xf32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @capture(%x: tensor<4xf32>, %k: tensor<f32>) {
  // expected-note @+1 {{required by region isolation constraints}}
  %0 = mjx.scan(%x) {num_consts = 0 : i64, num_carry = 0 : i64, length = 4 : i64} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>):
    // expected-error @+1 {{using value defined outside the region}}
    %1 = mjx.add %a, %k : tensor<f32>
    mjx.yield %1 : tensor<f32>
  }
  return
}
