// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES

// SYNTAX-LABEL: func.func @jet(
// SYNTAX:         mjx.jet(%{{.*}}, %{{.*}}, %{{.*}}) wrt = [0] {order = 2 : i64} : (tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {

// Derivatives of the exponential are made of the value: nothing is computed twice.
// RULES-LABEL: func.func @jet(
// RULES-SAME:    %[[X:[a-z0-9]+]]: tensor<f32>, %[[X1:[a-z0-9]+]]: tensor<f32>, %[[X2:[a-z0-9]+]]: tensor<f32>)
// RULES:         %[[Y:.*]] = mjx.exp %[[X]]
// RULES:         %[[Y1:.*]] = mjx.mul %[[X1]], %[[Y]]
// RULES-DAG:     %[[A:.*]] = mjx.mul %[[X1]], %[[Y1]]
// RULES-DAG:     %[[B:.*]] = mjx.mul %[[X2]], %[[Y]]
// RULES:         %[[Y2:.*]] = mjx.add %[[A]], %[[B]]
// RULES-NEXT:    return %[[Y]], %[[Y1]], %[[Y2]]
func.func @jet(%x: tensor<f32>, %x1: tensor<f32>, %x2: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  %y:3 = mjx.jet(%x, %x1, %x2) wrt = [0] {order = 2 : i64} : (tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    %0 = mjx.exp %a : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  return %y#0, %y#1, %y#2 : tensor<f32>, tensor<f32>, tensor<f32>
}

// Zero derivatives of inputs cost nothing, linear ops one op for each order.
// RULES-LABEL: func.func @zeros(
// RULES-SAME:    %[[X:[a-z0-9]+]]: tensor<f32>, %[[X1:[a-z0-9]+]]: tensor<f32>)
// RULES-DAG:     %[[Y:.*]] = mjx.neg %[[X]]
// RULES-DAG:     %[[Y1:.*]] = mjx.neg %[[X1]]
// RULES-DAG:     %[[ZERO:.*]] = mjx.constant dense<0.000000e+00>
// RULES:         return %[[Y]], %[[Y1]], %[[ZERO]]
func.func @zeros(%x: tensor<f32>, %x1: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  %zero = mjx.constant dense<0.0> : tensor<f32>
  %y:3 = mjx.jet(%x, %x1, %zero) wrt = [0] {order = 2 : i64} : (tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    %0 = mjx.neg %a : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  return %y#0, %y#1, %y#2 : tensor<f32>, tensor<f32>, tensor<f32>
}
