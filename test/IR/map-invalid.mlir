// RUN: mjx-opt %s --split-input-file --verify-diagnostics

func.func @counts(%x: tensor<4xf32>) {
  // expected-error @+1 {{mjx.map: expected num_consts to count some of the 1 operands, but got 2}}
  mjx.map(%x) {num_consts = 2 : i64, size = 4 : i64} : (tensor<4xf32>) -> () {
  ^bb0(%a: tensor<4xf32>):
    mjx.yield
  }
  return
}

// -----

func.func @size(%x: tensor<f32>) {
  // expected-error @+1 {{mjx.map: expected operand 0 to have a leading dimension of 4, but got 'tensor<f32>'}}
  mjx.map(%x) {num_consts = 0 : i64, size = 4 : i64} : (tensor<f32>) -> () {
  ^bb0(%a: tensor<f32>):
    mjx.yield
  }
  return
}

// -----

func.func @arguments(%x: tensor<4xf32>) {
  // expected-error @+1 {{mjx.map: expected the body to take 1 arguments, but got 2}}
  mjx.map(%x) {num_consts = 0 : i64, size = 4 : i64} : (tensor<4xf32>) -> () {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    mjx.yield
  }
  return
}

// -----

func.func @terminator(%x: tensor<4xf32>) {
  // expected-error @+1 {{mjx.map: expected the body to end with mjx.yield}}
  mjx.map(%x) {num_consts = 0 : i64, size = 4 : i64} : (tensor<4xf32>) -> () {
  ^bb0(%a: tensor<f32>):
    func.return
  }
  return
}
