// RUN: mjx-opt %s --mjx-cpu-fuse | FileCheck %s

// What every iteration reads is read in front of the loop.
// CHECK-LABEL: func @scaled(
// CHECK: %[[S:.*]] = tensor.extract
// CHECK: linalg.generic
// CHECK-NOT: tensor.extract
// CHECK: arith.mulf %{{.*}}, %[[S]]
#id = affine_map<(d0) -> (d0)>
func.func @scaled(%x: tensor<8xf32>, %s: tensor<f32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %old: f32):
    %k = tensor.extract %s[] : tensor<f32>
    %m = arith.mulf %a, %k : f32
    linalg.yield %m : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// An element whose place the loop decides stays.
// CHECK-LABEL: func @taken(
// CHECK: linalg.generic
// CHECK: tensor.extract
func.func @taken(%x: tensor<8xf32>, %i: tensor<8xi32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%i : tensor<8xi32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: i32, %old: f32):
    %at = arith.index_cast %a : i32 to index
    %k = tensor.extract %x[%at] : tensor<8xf32>
    linalg.yield %k : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
