// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @no_dims(
// CHECK-SAME: %[[X:.*]]: tensor<2xf32>)
// CHECK-NEXT: return %[[X]]
func.func @no_dims(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = mjx.reduce mul %x, dims = [] : tensor<2xf32> -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: @splats(
// CHECK-DAG: %[[SUM:.*]] = mjx.constant dense<6.000000e+00> : tensor<2xf32>
// CHECK-DAG: %[[WRAPPED:.*]] = mjx.constant dense<44> : tensor<ui8>
// CHECK-DAG: %[[MAX:.*]] = mjx.constant dense<-7> : tensor<i32>
// CHECK: return %[[SUM]], %[[WRAPPED]], %[[MAX]]
func.func @splats() -> (tensor<2xf32>, tensor<ui8>, tensor<i32>) {
  %two = mjx.constant dense<2.0> : tensor<2x3xf32>
  %hundred = mjx.constant dense<100> : tensor<3xui8>
  %negative = mjx.constant dense<-7> : tensor<4xi32>
  %0 = mjx.reduce add %two, dims = [1] : tensor<2x3xf32> -> tensor<2xf32>
  %1 = mjx.reduce add %hundred, dims = [0] : tensor<3xui8> -> tensor<ui8>
  %2 = mjx.reduce max %negative, dims = [0] : tensor<4xi32> -> tensor<i32>
  return %0, %1, %2 : tensor<2xf32>, tensor<ui8>, tensor<i32>
}

// Of no elements the result is not the splat.
// CHECK-LABEL: @empty(
// CHECK: mjx.reduce max
func.func @empty() -> tensor<f32> {
  %none = mjx.constant dense<2.0> : tensor<0xf32>
  %0 = mjx.reduce max %none, dims = [0] : tensor<0xf32> -> tensor<f32>
  return %0 : tensor<f32>
}
