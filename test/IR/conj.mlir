// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX:         %[[CONJ:.*]] = mjx.conj %[[X]] : tensor<4xcomplex<f32>>
// SYNTAX:         return %[[CONJ]] : tensor<4xcomplex<f32>>
func.func @syntax(%x: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  %0 = mjx.conj %x : tensor<4xcomplex<f32>>
  return %0 : tensor<4xcomplex<f32>>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[CONJ:.*]] = mjx.conj %[[DX]] : tensor<4xcomplex<f32>>
// RULES:         return %[[CONJ]] : tensor<4xcomplex<f32>>
func.func @jvp(%x: tensor<4xcomplex<f32>>, %dx: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  %out, %dout = mjx.jvp(%x, %dx) wrt = [0] : (tensor<4xcomplex<f32>>, tensor<4xcomplex<f32>>) -> (tensor<4xcomplex<f32>>, tensor<4xcomplex<f32>>) {
  ^bb0(%a: tensor<4xcomplex<f32>>):
    %0 = mjx.conj %a : tensor<4xcomplex<f32>>
    mjx.yield %0 : tensor<4xcomplex<f32>>
  }
  return %dout : tensor<4xcomplex<f32>>
}

// RULES-LABEL: func.func @reverse(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[CONJ:.*]] = mjx.conj %[[CT]] : tensor<4xcomplex<f32>>
// RULES:         return %[[CONJ]] : tensor<4xcomplex<f32>>
func.func @reverse(%x: tensor<4xcomplex<f32>>, %ct: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  %out, %l = mjx.linearize(%x) wrt = [0] : (tensor<4xcomplex<f32>>) -> (tensor<4xcomplex<f32>>, !mjx.linear<(tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>>>) {
  ^bb0(%a: tensor<4xcomplex<f32>>):
    %0 = mjx.conj %a : tensor<4xcomplex<f32>>
    mjx.yield %0 : tensor<4xcomplex<f32>>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>>>, tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>>
  return %g : tensor<4xcomplex<f32>>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES:         %[[CONJ:.*]] = mjx.conj %[[XS]] : tensor<8x4xcomplex<f32>>
// RULES:         return %[[CONJ]] : tensor<8x4xcomplex<f32>>
func.func @batch(%xs: tensor<8x4xcomplex<f32>>) -> tensor<8x4xcomplex<f32>> {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {size = 8 : i64} : (tensor<8x4xcomplex<f32>>) -> tensor<8x4xcomplex<f32>> {
  ^bb0(%a: tensor<4xcomplex<f32>>):
    %0 = mjx.conj %a : tensor<4xcomplex<f32>>
    mjx.yield %0 : tensor<4xcomplex<f32>>
  }
  return %r : tensor<8x4xcomplex<f32>>
}

// LINALG-LABEL: func.func @lower(
// LINALG:         linalg.generic
// LINALG:         complex.conj
// LINALG:         linalg.yield
// LINALG:         return
func.func @lower(%x: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  %0 = mjx.conj %x : tensor<4xcomplex<f32>>
  return %0 : tensor<4xcomplex<f32>>
}
