// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX:         mjx.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// SYNTAX:         mjx.constant dense<[true, false, true]> : tensor<3xi1>
// SYNTAX:         mjx.constant dense<255> : tensor<2xui8>
// SYNTAX:         mjx.constant dense<(1.000000e+00,2.000000e+00)> : tensor<complex<f32>>
func.func @syntax() -> (tensor<2xf32>, tensor<3xi1>, tensor<2xui8>, tensor<complex<f32>>) {
  %0 = mjx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = mjx.constant dense<[true, false, true]> : tensor<3xi1>
  %2 = mjx.constant dense<255> : tensor<2xui8>
  %3 = mjx.constant dense<(1.0, 2.0)> : tensor<complex<f32>>
  return %0, %1, %2, %3 : tensor<2xf32>, tensor<3xi1>, tensor<2xui8>, tensor<complex<f32>>
}

// LINALG-LABEL: func.func @lower_dense(
// LINALG:         %[[C:.*]] = arith.constant dense<[1, -1]> : tensor<2xi8>
// LINALG:         return %[[C]] : tensor<2xi8>
func.func @lower_dense() -> tensor<2xi8> {
  %0 = mjx.constant dense<[1, 255]> : tensor<2xui8>
  %1 = mjx.bitcast_convert %0 : tensor<2xui8> -> tensor<2xi8>
  return %1 : tensor<2xi8>
}

// LINALG-LABEL: func.func @lower_splat(
// LINALG:         %[[EMPTY:.*]] = tensor.empty()
// LINALG:         %[[FILL:.*]] = linalg.fill ins(%{{.*}}
// LINALG:         return %[[FILL]] : tensor<4x4xf32>
func.func @lower_splat() -> tensor<4x4xf32> {
  %0 = mjx.constant dense<1.0> : tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// LINALG-LABEL: func.func @lower_complex(
// LINALG:         %[[C:.*]] = arith.constant dense<[1.000000e+00, 3.000000e+00]> : tensor<2xf32>
// LINALG:         %[[C2:.*]] = arith.constant dense<[2.000000e+00, -4.000000e+00]> : tensor<2xf32>
// LINALG:         %[[EMPTY:.*]] = tensor.empty()
// LINALG:         %[[GENERIC:.*]] = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%[[EMPTY]]
// LINALG:         %[[INDEX:.*]] = linalg.index 0
// LINALG:         %[[EXTRACT:.*]] = tensor.extract %[[C]]{{\[}}%[[INDEX]]]
// LINALG:         %[[EXTRACT2:.*]] = tensor.extract %[[C2]]{{\[}}%[[INDEX]]]
// LINALG:         %[[V:.*]] = complex.create %[[EXTRACT]], %[[EXTRACT2]]
// LINALG:         linalg.yield %[[V]]
// LINALG:         return %[[GENERIC]] : tensor<2xcomplex<f32>>
func.func @lower_complex() -> tensor<2xcomplex<f32>> {
  %0 = mjx.constant dense<[(1.0, 2.0), (3.0, -4.0)]> : tensor<2xcomplex<f32>>
  return %0 : tensor<2xcomplex<f32>>
}

// LINALG-LABEL: func.func @lower_empty(
// LINALG:         %[[EMPTY:.*]] = tensor.empty()
// LINALG:         return %[[EMPTY]] : tensor<0x2xf32>
func.func @lower_empty() -> tensor<0x2xf32> {
  %0 = mjx.constant dense<> : tensor<0x2xf32>
  return %0 : tensor<0x2xf32>
}
