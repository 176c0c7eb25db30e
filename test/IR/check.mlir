// RUN: mjx-opt %s | mjx-opt | FileCheck %s
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// CHECK-LABEL: func @plain
// CHECK: mjx.check %{{.*}}, "x is {0}"(%{{.*}} : tensor<f32>) {error = "ValueError"}
// CHECK: mjx.check %{{.*}}, "no values"{{$}}

// LINALG-LABEL: func @plain
// LINALG: scf.if
// LINALG-NEXT: mjx_rt.call @mjx_rt_fail ins(%{{.*}} : tensor<f32>) {{.*}}effects
func.func @plain(%p: tensor<i1>, %x: tensor<f32>) {
  mjx.check %p, "x is {0}" (%x : tensor<f32>) {error = "ValueError"}
  mjx.check %p, "no values"
  return
}

// Nothing is differentiated, and examples are checked one by one.
// RULES-LABEL: func @transformed
// RULES: mjx.check
// RULES: mjx.map
// RULES: mjx.check
func.func @transformed(%p: tensor<4xi1>, %q: tensor<i1>, %x: tensor<f32>) -> tensor<f32> {
  %y:2 = mjx.jvp(%x, %x) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    mjx.check %q, "a" (%a : tensor<f32>)
    mjx.yield %a : tensor<f32>
  }
  mjx.vmap(%p) in_axes = [0], out_axes = [] {size = 4 : i64} : (tensor<4xi1>) -> () {
  ^bb0(%a: tensor<i1>):
    mjx.check %a, "b"
    mjx.yield
  }
  return %y#1 : tensor<f32>
}
