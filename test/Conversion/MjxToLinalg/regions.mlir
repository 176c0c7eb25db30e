// RUN: mjx-opt %s --mjx-to-linalg --mlir-print-local-scope | FileCheck %s

// Regions are lowered with the op that has them, their arguments like those of
// functions; constants of a loop are captured.
// CHECK-LABEL: func.func @region(
// CHECK-SAME:    %[[N:.*]]: tensor<i32>, %[[X:.*]]: tensor<2xi32>) -> tensor<2xi32>
// CHECK:         %[[LOOP:.*]]:2 = scf.while (%[[I:.*]] = %[[N]], %[[C:.*]] = %[[X]]) : (tensor<i32>, tensor<2xi32>)
// CHECK:           linalg.generic {{.*}} ins(%[[I]], %[[N]] : tensor<i32>, tensor<i32>) outs(%{{.*}} : tensor<i1>)
// CHECK:           arith.cmpi slt
// CHECK:           %[[P:.*]] = tensor.extract %{{.*}}[] : tensor<i1>
// CHECK:           scf.condition(%[[P]]) %[[I]], %[[C]]
// CHECK:         } do {
// CHECK:           arith.addi
// CHECK:           scf.yield
// CHECK:         return %[[LOOP]]#1 : tensor<2xi32>
func.func @region(%n: tensor<i32>, %x: tensor<2xui32>) -> tensor<2xui32> {
  %0:2 = mjx.while(%n, %n, %x) {body_consts = 0 : i64, cond_consts = 1 : i64} : (tensor<i32>, tensor<i32>, tensor<2xui32>) -> (tensor<i32>, tensor<2xui32>) {
  ^bb0(%m: tensor<i32>, %i: tensor<i32>, %c: tensor<2xui32>):
    %p = mjx.compare lt %i, %m : tensor<i32>, tensor<i32> -> tensor<i1>
    mjx.yield %p : tensor<i1>
  } do {
  ^bb0(%i: tensor<i32>, %c: tensor<2xui32>):
    %d = mjx.add %c, %c : tensor<2xui32>
    mjx.yield %i, %d : tensor<i32>, tensor<2xui32>
  }
  return %0#1 : tensor<2xui32>
}
