// RUN: mjx-opt %s --split-input-file --verify-diagnostics

func.func @missing(%x: tensor<f32>) {
  // expected-error @+1 {{expected a function @f in the module, but found none}}
  mjx.call @f(%x) : (tensor<f32>) -> ()
  return
}

// -----

func.func private @f(tensor<f32>)
func.func @body(%x: tensor<f32>) {
  // expected-error @+1 {{expected function @f to have a body of one block, but got 0}}
  mjx.call @f(%x) : (tensor<f32>) -> ()
  return
}

// -----

func.func private @f(%x: tensor<f32>) {
  return
}
func.func @arguments(%x: tensor<i32>) {
  // expected-error @+1 {{expected argument 0 of @f to be 'tensor<f32>', but got 'tensor<i32>'}}
  mjx.call @f(%x) : (tensor<i32>) -> ()
  return
}

// -----

func.func private @f(%x: tensor<f32>) {
  return
}
func.func @results(%x: tensor<f32>) {
  // expected-error @+1 {{expected 0 results for @f, but got 1}}
  %0 = mjx.call @f(%x) : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func private @f(%x: tensor<f32>) -> tensor<f32> {
  %0 = mjx.map() {num_consts = 0 : i64, size = 2 : i64} : () -> tensor<2xf32> {
    %c = mjx.constant dense<1.0> : tensor<f32>
    // expected-error @+1 {{expected calls to end, but @f calls itself; use scan or while}}
    %1 = mjx.call @f(%c) : (tensor<f32>) -> tensor<f32>
    mjx.yield %1 : tensor<f32>
  }
  return %x : tensor<f32>
}
