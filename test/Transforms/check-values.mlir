// RUN: mjx-opt %s --mjx-check-values | FileCheck %s --implicit-check-not="(inf)"
// RUN: mjx-opt %s --mjx-check-values='nans=false infs=true' | FileCheck %s --check-prefix=INF --implicit-check-not="(nan)"

// CHECK-LABEL: func @real
// CHECK: %[[Y:.*]] = mjx.log
// CHECK-NEXT: %[[EQ:.*]] = mjx.compare eq %[[Y]], %[[Y]]
// CHECK-NEXT: %[[ALL:.*]] = mjx.reduce and %[[EQ]]
// CHECK-NEXT: mjx.check %[[ALL]], "invalid value (nan) encountered in log{{.*}}check-values.mlir{{.*}}" {error = "FloatingPointError"}
// CHECK-NEXT: mjx.convert
// CHECK-NEXT: return
// INF-LABEL: func @real
// INF: mjx.abs
// INF: mjx.check %{{.*}}, "invalid value (inf) encountered in log
func.func @real(%x: tensor<4xf32>) -> tensor<4xi32> {
  %y = mjx.log %x : tensor<4xf32>
  %z = mjx.convert %y : tensor<4xf32> -> tensor<4xi32>
  return %z : tensor<4xi32>
}

// Both parts of complex numbers count; loops are checked inside.
// CHECK-LABEL: func @complex_loop
// CHECK: mjx.map
// CHECK: mjx.real
// CHECK: mjx.imag
// CHECK: mjx.and
// CHECK: mjx.check
// CHECK-NOT: mjx.check
func.func @complex_loop(%x: tensor<3xcomplex<f32>>) -> tensor<3xcomplex<f32>> {
  %y = mjx.map(%x) {num_consts = 0 : i64, size = 3 : i64} : (tensor<3xcomplex<f32>>) -> tensor<3xcomplex<f32>> {
  ^bb0(%a: tensor<complex<f32>>):
    %0 = mjx.exp %a : tensor<complex<f32>>
    mjx.yield %0 : tensor<complex<f32>>
  }
  return %y : tensor<3xcomplex<f32>>
}
