// RUN: mjx-opt %s --split-input-file --verify-diagnostics --mjx-resolve-transforms

func.func @counts(%x: tensor<f32>) {
  // expected-error @+1 {{mjx.while: expected cond_consts and body_consts to count some of the 1 operands, but got 1 and 1}}
  mjx.while(%x) {cond_consts = 1 : i64, body_consts = 1 : i64} : (tensor<f32>) -> () {
  ^bb0(%c: tensor<f32>):
    mjx.yield
  } do {
  ^bb0(%c: tensor<f32>):
    mjx.yield
  }
  return
}

// -----

func.func @predicate(%x: tensor<f32>) {
  // expected-error @+1 {{mjx.while: expected the condition to yield one 'tensor<i1>', but got ('tensor<f32>')}}
  %r = mjx.while(%x) {cond_consts = 0 : i64, body_consts = 0 : i64} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%c: tensor<f32>):
    mjx.yield %c : tensor<f32>
  } do {
  ^bb0(%c: tensor<f32>):
    mjx.yield %c : tensor<f32>
  }
  return
}

// -----

func.func @carries(%x: tensor<f32>, %p: tensor<i1>) {
  // expected-error @+1 {{mjx.while: expected the body to yield 1 carries, but got 2 values}}
  %r = mjx.while(%p, %x) {cond_consts = 1 : i64, body_consts = 0 : i64} : (tensor<i1>, tensor<f32>) -> tensor<f32> {
  ^bb0(%q: tensor<i1>, %c: tensor<f32>):
    mjx.yield %q : tensor<i1>
  } do {
  ^bb0(%c: tensor<f32>):
    mjx.yield %c, %c : tensor<f32>, tensor<f32>
  }
  return
}

// -----

func.func @reverse(%p: tensor<i1>, %x: tensor<f32>) -> tensor<f32> {
  %y, %dy = mjx.linearize(%p, %x) wrt = [1] : (tensor<i1>, tensor<f32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%a: tensor<i1>, %b: tensor<f32>):
    // expected-error @+1 {{cannot be differentiated in reverse mode: expected a loop with a bound on its number of steps, but got one that runs while a condition holds; give while_loop a bound (max_steps=n), use scan or fori_loop, or use forward mode (jvp, jacfwd)}}
    %r = mjx.while(%a, %b) {cond_consts = 1 : i64, body_consts = 0 : i64} : (tensor<i1>, tensor<f32>) -> tensor<f32> {
    ^bb0(%q: tensor<i1>, %c: tensor<f32>):
      mjx.yield %q : tensor<i1>
    } do {
    ^bb0(%c: tensor<f32>):
      %0 = mjx.sin %c : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    mjx.yield %r : tensor<f32>
  }
  return %y : tensor<f32>
}
