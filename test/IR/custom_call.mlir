// RUN: mjx-opt %s | mjx-opt | FileCheck %s
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// CHECK-LABEL: func @plain
// CHECK: mjx.custom_call "scale"(%{{.*}}) {config = "by=i:2"} : (tensor<4xf32>) -> tensor<4xf32>

// Only what has effects stays without a reader.
// RULES-LABEL: func @plain
// RULES-COUNT-1: mjx.custom_call "scale"
// RULES-NEXT: mjx.custom_call "log"
// RULES-NEXT: return

// Descriptor: interface, types, name and parameters as bytes.
// LINALG-LABEL: func @plain
// LINALG: mjx_rt.call @mjx_rt_custom_call ins(%{{.*}} : tensor<4xf32>) outs(%{{.*}} : tensor<4xf32>)
// LINALG-SAME: desc = array<i64: 0, 1, 18, 1, 4, 1, 18, 1, 4, 5, {{[0-9]+}}, 6, {{[0-9]+}}>
// LINALG-NOT: effects
// LINALG: mjx_rt.call @mjx_rt_custom_call {{.*}}effects
func.func @plain(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = mjx.custom_call "scale"(%x) {config = "by=i:2"} : (tensor<4xf32>) -> tensor<4xf32>
  %z = mjx.custom_call "scale"(%x) {config = "by=i:3"} : (tensor<4xf32>) -> tensor<4xf32>
  mjx.custom_call "log"(%x) {api = "pointers", has_effects = true} : (tensor<4xf32>) -> ()
  return %y : tensor<4xf32>
}

// RULES-LABEL: func @vmap
// RULES: mjx.custom_call "scale"(%{{.*}}) {vmap_method = "broadcast_all"} : (tensor<3x4xf32>) -> tensor<3x4xf32>
func.func @vmap(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %y = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 3 : i64} : (tensor<3x4xf32>) -> tensor<3x4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.custom_call "scale"(%a) {vmap_method = "broadcast_all"} : (tensor<4xf32>) -> tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %y : tensor<3x4xf32>
}
