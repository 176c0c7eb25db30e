// RUN: mjx-opt %s --mjx-resolve-transforms --verify-diagnostics --split-input-file

func.func @schur(%x: tensor<3x3xf32>, %dx: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %0:4 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<3x3xf32>, tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>) {
  ^bb0(%a: tensor<3x3xf32>):
    // expected-error @+1 {{cannot be differentiated; its factors are not determined by x}}
    %r:2 = mjx.schur %a : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3x3xf32>)
    mjx.yield %r#0, %r#1 : tensor<3x3xf32>, tensor<3x3xf32>
  }
  return %0#2 : tensor<3x3xf32>
}

// -----

func.func @hessenberg(%x: tensor<3x3xf32>, %dx: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %0:4 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<3x3xf32>, tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<2xf32>, tensor<3x3xf32>, tensor<2xf32>) {
  ^bb0(%a: tensor<3x3xf32>):
    // expected-error @+1 {{cannot be differentiated; its factors are a step on the way to others}}
    %r:2 = mjx.hessenberg %a : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<2xf32>)
    mjx.yield %r#0, %r#1 : tensor<3x3xf32>, tensor<2xf32>
  }
  return %0#2 : tensor<3x3xf32>
}

// -----

func.func @tridiagonal(%x: tensor<3x3xf32>, %dx: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %0:8 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<3x3xf32>, tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<3x3xf32>, tensor<3xf32>, tensor<2xf32>, tensor<2xf32>) {
  ^bb0(%a: tensor<3x3xf32>):
    // expected-error @+1 {{cannot be differentiated; its factors are a step on the way to others}}
    %r:4 = mjx.tridiagonal %a : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3xf32>, tensor<2xf32>, tensor<2xf32>)
    mjx.yield %r#0, %r#1, %r#2, %r#3 : tensor<3x3xf32>, tensor<3xf32>, tensor<2xf32>, tensor<2xf32>
  }
  return %0#4 : tensor<3x3xf32>
}

// -----

func.func @geqrf(%x: tensor<3x3xf32>, %dx: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %0:4 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<3x3xf32>, tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3xf32>, tensor<3x3xf32>, tensor<3xf32>) {
  ^bb0(%a: tensor<3x3xf32>):
    // expected-error @+1 {{cannot be differentiated; mjx.qr}}
    %r:2 = mjx.geqrf %a : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3xf32>)
    mjx.yield %r#0, %r#1 : tensor<3x3xf32>, tensor<3xf32>
  }
  return %0#2 : tensor<3x3xf32>
}

// -----

func.func @qr_full(%x: tensor<4x2xf32>, %dx: tensor<4x2xf32>) -> tensor<4x4xf32> {
  %0:4 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<4x2xf32>, tensor<4x2xf32>) -> (tensor<4x4xf32>, tensor<4x2xf32>, tensor<4x4xf32>, tensor<4x2xf32>) {
  ^bb0(%a: tensor<4x2xf32>):
    // expected-error @+1 {{cannot be differentiated with full_matrices}}
    %r:2 = mjx.qr %a {full_matrices = true} : (tensor<4x2xf32>) -> (tensor<4x4xf32>, tensor<4x2xf32>)
    mjx.yield %r#0, %r#1 : tensor<4x4xf32>, tensor<4x2xf32>
  }
  return %0#2 : tensor<4x4xf32>
}

// -----

func.func @svd_full(%x: tensor<4x2xf32>, %dx: tensor<4x2xf32>) -> tensor<2xf32> {
  %0:6 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<4x2xf32>, tensor<4x2xf32>) -> (tensor<2xf32>, tensor<4x4xf32>, tensor<2x2xf32>, tensor<2xf32>, tensor<4x4xf32>, tensor<2x2xf32>) {
  ^bb0(%a: tensor<4x2xf32>):
    // expected-error @+1 {{cannot be differentiated with full_matrices}}
    %r:3 = mjx.svd %a {full_matrices = true} : (tensor<4x2xf32>) -> (tensor<2xf32>, tensor<4x4xf32>, tensor<2x2xf32>)
    mjx.yield %r#0, %r#1, %r#2 : tensor<2xf32>, tensor<4x4xf32>, tensor<2x2xf32>
  }
  return %0#3 : tensor<2xf32>
}
