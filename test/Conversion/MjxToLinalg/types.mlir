// RUN: mjx-opt %s --mjx-to-linalg --mlir-print-local-scope | FileCheck %s

// Integers lose their sign; no other type changes.
// CHECK-LABEL: func.func @types(
// CHECK-SAME:    tensor<2xi8>, %{{.*}}: tensor<2xi1>, %{{.*}}: tensor<2xcomplex<f32>>, %{{.*}}: tensor<2xf8E4M3FN>) -> (tensor<2xi8>, tensor<2xi1>, tensor<2xcomplex<f32>>, tensor<2xf8E4M3FN>)
func.func @types(%a: tensor<2xui8>, %b: tensor<2xi1>, %c: tensor<2xcomplex<f32>>, %d: tensor<2xf8E4M3FN>) -> (tensor<2xui8>, tensor<2xi1>, tensor<2xcomplex<f32>>, tensor<2xf8E4M3FN>) {
  return %a, %b, %c, %d : tensor<2xui8>, tensor<2xi1>, tensor<2xcomplex<f32>>, tensor<2xf8E4M3FN>
}

// What the sign meant is in the ops.
// CHECK-LABEL: func.func @unsigned(
// CHECK:         arith.maxui %{{.*}} : i8
func.func @unsigned(%x: tensor<2xui8>, %y: tensor<2xui8>) -> tensor<2xui8> {
  %0 = mjx.max %x, %y : tensor<2xui8>
  return %0 : tensor<2xui8>
}

// CHECK-LABEL: func.func @signed(
// CHECK:         arith.maxsi %{{.*}} : i8
func.func @signed(%x: tensor<2xi8>, %y: tensor<2xi8>) -> tensor<2xi8> {
  %0 = mjx.max %x, %y : tensor<2xi8>
  return %0 : tensor<2xi8>
}

// The greater of two booleans is true if one is.
// CHECK-LABEL: func.func @booleans(
// CHECK:         arith.ori %{{.*}} : i1
func.func @booleans(%x: tensor<2xi1>, %y: tensor<2xi1>) -> tensor<2xi1> {
  %0 = mjx.max %x, %y : tensor<2xi1>
  return %0 : tensor<2xi1>
}

// Complex numbers stay whole.
// CHECK-LABEL: func.func @parts(
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<2xcomplex<f64>>) outs(%{{.*}} : tensor<2xf64>)
// CHECK:         complex.im %{{.*}} : complex<f64>
func.func @parts(%x: tensor<2xcomplex<f64>>) -> tensor<2xf64> {
  %0 = mjx.imag %x : tensor<2xcomplex<f64>> -> tensor<2xf64>
  return %0 : tensor<2xf64>
}

// CHECK-LABEL: func.func @constants(
// CHECK:         arith.constant dense<[1, 2, -1]> : tensor<3xi16>
// CHECK:         arith.constant dense<1.500000e+00> : tensor<f32>
func.func @constants() -> (tensor<3xui16>, tensor<f32>) {
  %0 = mjx.constant dense<[1, 2, 65535]> : tensor<3xui16>
  %1 = mjx.constant dense<1.5> : tensor<f32>
  return %0, %1 : tensor<3xui16>, tensor<f32>
}
