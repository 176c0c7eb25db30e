// RUN: mjx-opt %s | mjx-opt | FileCheck %s
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// CHECK-LABEL: func @kinds
// CHECK: mjx.host_callback pure(%{{.*}}) {callback = 1 : i64} : (tensor<f32>) -> tensor<2xi32>
// CHECK: mjx.host_callback io(%{{.*}}) {callback = 2 : i64, ordered = true} : (tensor<f32>) -> ()
// CHECK: mjx.host_callback debug(%{{.*}}) {callback = 3 : i64} : (tensor<f32>) -> ()

// Descriptor: number, types of inputs, types of results.
// LINALG-LABEL: func @kinds
// LINALG: mjx_rt.call @mjx_rt_host_callback ins(%{{.*}} : tensor<f32>) outs(%{{.*}} : tensor<2xi32>)
// LINALG-SAME: desc = array<i64: 1, 1, 18, 0, 1, 4, 1, 2>, effects
// LINALG: mjx_rt.call @mjx_rt_host_callback ins(%{{.*}} : tensor<f32>) {desc = array<i64: 2, 1, 18, 0, 0>, effects}
func.func @kinds(%x: tensor<f32>) -> tensor<2xi32> {
  %y = mjx.host_callback pure(%x) {callback = 1 : i64} : (tensor<f32>) -> tensor<2xi32>
  mjx.host_callback io(%x) {callback = 2 : i64, ordered = true} : (tensor<f32>) -> ()
  mjx.host_callback debug(%x) {callback = 3 : i64} : (tensor<f32>) -> ()
  return %y : tensor<2xi32>
}

// What has no effect is merged and dropped, what has one is neither.
// RULES-LABEL: func @effects
// RULES-COUNT-1: mjx.host_callback pure
// RULES-NOT: mjx.host_callback pure
// RULES-COUNT-3: mjx.host_callback io
// RULES: return
func.func @effects(%x: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %unused = mjx.host_callback pure(%x) {callback = 7 : i64} : (tensor<f32>) -> tensor<f32>
  %a = mjx.host_callback pure(%x) {callback = 1 : i64} : (tensor<f32>) -> tensor<f32>
  %b = mjx.host_callback pure(%x) {callback = 1 : i64} : (tensor<f32>) -> tensor<f32>
  %c = mjx.host_callback io(%x) {callback = 2 : i64} : (tensor<f32>) -> tensor<f32>
  %d = mjx.host_callback io(%x) {callback = 2 : i64} : (tensor<f32>) -> tensor<f32>
  mjx.host_callback io(%x) {callback = 2 : i64} : (tensor<f32>) -> ()
  return %a, %b : tensor<f32>, tensor<f32>
}

// A loop that is there for its effects stays, and so does a transform.
// RULES-LABEL: func @for_its_effects
// RULES: mjx.scan
// RULES: mjx.host_callback debug
// RULES: mjx.map
// RULES: mjx.host_callback debug
func.func @for_its_effects(%x: tensor<f32>, %xs: tensor<4xf32>) {
  %0 = mjx.scan(%x, %xs) {length = 4 : i64, num_carry = 1 : i64, num_consts = 0 : i64} : (tensor<f32>, tensor<4xf32>) -> tensor<f32> {
  ^bb0(%c: tensor<f32>, %a: tensor<f32>):
    mjx.host_callback debug(%a) {callback = 1 : i64} : (tensor<f32>) -> ()
    mjx.yield %c : tensor<f32>
  }
  mjx.vmap(%xs) in_axes = [0], out_axes = [] {size = 4 : i64} : (tensor<4xf32>) -> () {
  ^bb0(%a: tensor<f32>):
    mjx.host_callback debug(%a) {callback = 1 : i64} : (tensor<f32>) -> ()
    mjx.yield
  }
  return
}

// The callback stays with the primal computation: once, before the derivative.
// RULES-LABEL: func @grad
// RULES-COUNT-1: mjx.host_callback debug
// RULES-NOT: mjx.host_callback
// RULES: return
func.func @grad(%x: tensor<f32>, %ct: tensor<f32>) -> tensor<f32> {
  %y, %lin = mjx.linearize(%x) wrt = [0] : (tensor<f32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%a: tensor<f32>):
    %0 = mjx.sin %a : tensor<f32>
    mjx.host_callback debug(%0) {callback = 1 : i64} : (tensor<f32>) -> ()
    mjx.yield %0 : tensor<f32>
  }
  %g = mjx.apply_transpose %lin(%ct) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return %g : tensor<f32>
}

// RULES-LABEL: func @vmap_methods
// RULES-SAME: (%[[X:.*]]: tensor<3x2xf32>, %[[W:.*]]: tensor<2xf32>)
// RULES-DAG: %[[ONE:.*]] = mjx.{{reshape|broadcast_in_dim}} %[[W]]{{.*}}tensor<1x2xf32>
// RULES-DAG: %[[ALL:.*]] = mjx.broadcast_in_dim %[[W]]{{.*}}tensor<3x2xf32>
// RULES-DAG: mjx.host_callback pure(%[[X]], %[[ONE]]) {{.*}} -> tensor<3x2xf32>
// RULES-DAG: mjx.host_callback pure(%[[X]], %[[ALL]]) {{.*}} -> tensor<3x2xf32>
// RULES-DAG: mjx.host_callback pure(%[[X]], %[[W]]) {{.*}} -> tensor<3x2xf32>
// RULES-DAG: mjx.map(%[[W]], %[[X]]) {num_consts = 1 : i64, size = 3 : i64}
func.func @vmap_methods(%x: tensor<3x2xf32>, %w: tensor<2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>) {
  %y:4 = mjx.vmap(%x, %w) in_axes = [0, -1], out_axes = [0, 0, 0, 0] {size = 3 : i64} : (tensor<3x2xf32>, tensor<2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>) {
  ^bb0(%a: tensor<2xf32>, %b: tensor<2xf32>):
    %0 = mjx.host_callback pure(%a, %b) {callback = 1 : i64, vmap_method = "expand_dims"} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %1 = mjx.host_callback pure(%a, %b) {callback = 1 : i64, vmap_method = "broadcast_all"} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %2 = mjx.host_callback pure(%a, %b) {callback = 1 : i64, vmap_method = "legacy_vectorized"} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %3 = mjx.host_callback pure(%a, %b) {callback = 1 : i64, vmap_method = "sequential"} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    mjx.yield %0, %1, %2, %3 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  return %y#0, %y#1, %y#2, %y#3 : tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>
}

// A function has the effects of its body.
// RULES-LABEL: func @calls
// RULES-NEXT: call @prints
// RULES-NEXT: return
func.func private @prints(%x: tensor<f32>) -> tensor<f32> {
  mjx.host_callback debug(%x) {callback = 1 : i64} : (tensor<f32>) -> ()
  return %x : tensor<f32>
}
func.func private @plain(%x: tensor<f32>) -> tensor<f32> {
  return %x : tensor<f32>
}
func.func @calls(%x: tensor<f32>) {
  %0 = mjx.call @prints(%x) : (tensor<f32>) -> tensor<f32>
  %1 = mjx.call @plain(%x) : (tensor<f32>) -> tensor<f32>
  return
}
