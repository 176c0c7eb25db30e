// RUN: mjx-opt %s --mjx-resolve-transforms --verify-diagnostics --split-input-file

func.func @wrt_integer(%n: tensor<i32>) {
  // expected-error @+1 {{cannot differentiate by input 0 of type 'tensor<i32>'; expected floating point or complex}}
  %y, %t = mjx.jvp(%n, %n) wrt = [0] : (tensor<i32>, tensor<i32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<i32>):
    %0 = mjx.convert %a : tensor<i32> -> tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  return
}

// -----

func.func @wrt_twice(%x: tensor<f32>) {
  // expected-error @+1 {{expected `wrt` to name inputs in increasing order below 1, but got 0}}
  %y, %t = mjx.jvp(%x, %x, %x) wrt = [0, 0] : (tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @wrong_tangent(%x: tensor<f32>, %t: tensor<2xf32>) {
  // expected-error @+1 {{expected a tangent of the type of each input in `wrt`}}
  %y, %dy = mjx.jvp(%x, %t) wrt = [0] : (tensor<f32>, tensor<2xf32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @wrong_argument(%x: tensor<f32>) {
  // expected-error @+1 {{expected a region with arguments of types ('tensor<f32>'), but got ('tensor<f64>')}}
  %y, %l = mjx.linearize(%x) wrt = [0] : (tensor<f32>) -> (tensor<f64>, !mjx.linear<(tensor<f32>) -> tensor<f64>>) {
  ^bb0(%a: tensor<f64>):
    mjx.yield %a : tensor<f64>
  }
  return
}

// -----

func.func @map_from_elsewhere(%l: !mjx.linear<(tensor<f32>) -> tensor<f32>>, %x: tensor<f32>) {
  // expected-error @+1 {{expected a linear map made by mjx.linearize in an enclosing region}}
  %y = mjx.apply %l(%x) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @in_axes(%x: tensor<3xf32>) {
  // expected-error @+1 {{expected in_axes from -1 to 0 for 'tensor<3xf32>', but got 1}}
  %y = mjx.vmap(%x) in_axes = [1], out_axes = [0] {size = 3 : i64} : (tensor<3xf32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @size(%x: tensor<3xf32>) {
  // expected-error @+1 {{expected a batch of 4 along axis 0 of 'tensor<3xf32>'}}
  %y = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 4 : i64} : (tensor<3xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @out_axes(%x: tensor<3xf32>) {
  // expected-error @+1 {{expected result 0 not to vary over the batch, as its out_axes says, but it does}}
  %y = mjx.vmap(%x) in_axes = [0], out_axes = [-1] {size = 3 : i64} : (tensor<3xf32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @not_linear(%w: tensor<f32>, %u: tensor<f32>) {
  %l = mjx.linear_map : !mjx.linear<(tensor<f32>) -> tensor<f32>> {
  ^bb0(%a: tensor<f32>):
    // expected-error @+1 {{is not linear, so it cannot be reversed}}
    %0 = mjx.sin %a : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  %t = mjx.apply_transpose %l(%u) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return
}
