// RUN: mjx-opt %s --split-input-file --verify-diagnostics

func.func @no_branch(%i: tensor<i32>, %x: tensor<f32>) {
  // expected-error @+1 {{mjx.cond: expected at least 1 branch, but got none}}
  "mjx.cond"(%i, %x) : (tensor<i32>, tensor<f32>) -> ()
  return
}

// -----

func.func @boolean(%i: tensor<i1>) {
  // expected-error @+1 {{mjx.cond: expected at most 2 branches to choose from by a boolean, but got 3; use an integer index}}
  mjx.cond %i() : tensor<i1>, () -> () {
    mjx.yield
  }, {
    mjx.yield
  }, {
    mjx.yield
  }
  return
}

// -----

func.func @count(%i: tensor<i1>, %x: tensor<f32>) {
  // expected-error @+1 {{mjx.cond: expected branch 1 to yield 1 values as branch 0 does, but got 0}}
  %0 = mjx.cond %i(%x) : tensor<i1>, (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  }, {
  ^bb0(%a: tensor<f32>):
    mjx.yield
  }
  return
}

// -----

func.func @types(%i: tensor<i1>, %x: tensor<f32>, %k: tensor<i32>) {
  // expected-error @+1 {{mjx.cond: expected branch 1 to yield result 0 as 'tensor<f32>', but got 'tensor<i32>'}}
  %0 = mjx.cond %i(%x, %k) : tensor<i1>, (tensor<f32>, tensor<i32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>, %b: tensor<i32>):
    mjx.yield %a : tensor<f32>
  }, {
  ^bb0(%a: tensor<f32>, %b: tensor<i32>):
    mjx.yield %b : tensor<i32>
  }
  return
}

// -----

func.func @arguments(%i: tensor<i1>, %x: tensor<f32>) {
  // expected-error @+1 {{mjx.cond: expected branch 0 to take 1 arguments, but got 0}}
  mjx.cond %i(%x) : tensor<i1>, (tensor<f32>) -> () {
    mjx.yield
  }, {
  ^bb0(%a: tensor<f32>):
    mjx.yield
  }
  return
}
