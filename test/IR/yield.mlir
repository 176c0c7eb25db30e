// RUN: mjx-opt %s | mjx-opt | FileCheck %s

// CHECK-LABEL: func @yield
// CHECK: mjx.yield %{{.*}}, %{{.*}} : tensor<f32>, tensor<i32>
func.func @yield(%x: tensor<2xf32>, %k: tensor<i32>) {
  %y:2 = mjx.map(%k, %x) {num_consts = 1 : i64, size = 2 : i64} : (tensor<i32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<2xi32>) {
  ^bb0(%a: tensor<i32>, %b: tensor<f32>):
    mjx.yield %b, %a : tensor<f32>, tensor<i32>
  }
  return
}

// CHECK-LABEL: func @yield_nothing
// CHECK: mjx.yield{{$}}
func.func @yield_nothing() {
  mjx.map() {num_consts = 0 : i64, size = 2 : i64} : () -> () {
    mjx.yield
  }
  return
}
