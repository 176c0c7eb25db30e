// RUN: mjx-opt %s --mjx-simplify --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @constants(
// CHECK:         %[[C:.*]] = mjx.constant dense<1.100000e+01> : tensor<2xf32>
// CHECK-NEXT:    return %[[C]]
func.func @constants() -> tensor<2xf32> {
  %0 = mjx.constant dense<3.0> : tensor<2xf32>
  %1 = mjx.constant dense<4.0> : tensor<2xf32>
  %2 = mjx.mul %0, %0 : tensor<2xf32>
  %3 = mjx.add %2, %1 : tensor<2xf32>
  %4 = mjx.compare lt %0, %1 : tensor<2xf32>, tensor<2xf32> -> tensor<2xi1>
  %5 = mjx.constant dense<-2.0> : tensor<2xf32>
  %6 = mjx.sub %3, %5 : tensor<2xf32>
  %7 = mjx.select %4, %6, %0 : tensor<2xi1>, tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  %8 = mjx.add %7, %1 : tensor<2xf32>
  %9 = mjx.sub %8, %1 : tensor<2xf32>
  %10 = mjx.constant dense<4.0> : tensor<2xf32>
  %11 = mjx.sub %9, %10 : tensor<2xf32>
  return %11 : tensor<2xf32>
}

// -----

// Only splats and small tensors are folded.
// CHECK-LABEL: func.func @elements(
// CHECK:         %[[C:.*]] = mjx.constant dense<[5, 7, 9]> : tensor<3xi32>
// CHECK-NEXT:    return %[[C]]
func.func @elements() -> tensor<3xi32> {
  %0 = mjx.constant dense<[1, 2, 3]> : tensor<3xi32>
  %1 = mjx.constant dense<2> : tensor<3xi32>
  %2 = mjx.mul %0, %1 : tensor<3xi32>
  %3 = mjx.constant dense<3> : tensor<3xi32>
  %4 = mjx.add %2, %3 : tensor<3xi32>
  return %4 : tensor<3xi32>
}

// -----

// Functions are left to the machine that runs them.
// CHECK-LABEL: func.func @functions(
// CHECK:         mjx.sin
func.func @functions() -> tensor<f32> {
  %0 = mjx.constant dense<3.0> : tensor<f32>
  %1 = mjx.sin %0 : tensor<f32>
  return %1 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @add_of_negative(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[Y:[a-z0-9]+]]:
// CHECK-DAG:     %[[A:.*]] = mjx.sub %[[X]], %[[Y]]
// CHECK-DAG:     %[[B:.*]] = mjx.sub %[[Y]], %[[X]]
// CHECK:         return %[[A]], %[[B]]
func.func @add_of_negative(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = mjx.neg %y : tensor<4xf32>
  %1 = mjx.add %x, %0 : tensor<4xf32>
  %2 = mjx.neg %x : tensor<4xf32>
  %3 = mjx.add %2, %y : tensor<4xf32>
  return %1, %3 : tensor<4xf32>, tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @sub_of_negative(
// CHECK:         %[[A:.*]] = mjx.add %{{.*}}, %{{.*}}
// CHECK-NEXT:    return %[[A]]
func.func @sub_of_negative(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.neg %y : tensor<4xf32>
  %1 = mjx.sub %x, %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// The two signs of the first cancel; that of the second turns + into -.
// CHECK-LABEL: func.func @signs(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[Y:[a-z0-9]+]]:
// CHECK:         %[[P:.*]] = mjx.mul %[[X]], %[[Y]]
// CHECK-NEXT:    %[[Q:.*]] = mjx.div %[[X]], %[[Y]]
// CHECK-NEXT:    %[[D:.*]] = mjx.sub %[[P]], %[[Q]]
// CHECK-NEXT:    return %[[D]]
func.func @signs(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.neg %x : tensor<4xf32>
  %1 = mjx.neg %y : tensor<4xf32>
  %2 = mjx.mul %0, %1 : tensor<4xf32>
  %3 = mjx.neg %x : tensor<4xf32>
  %4 = mjx.div %3, %y : tensor<4xf32>
  %5 = mjx.add %2, %4 : tensor<4xf32>
  return %5 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @scales(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK:         %[[C:.*]] = mjx.constant dense<1.500000e+00>
// CHECK:         %[[P:.*]] = mjx.mul %[[X]], %[[C]]
// CHECK-NEXT:    %[[N:.*]] = mjx.neg %[[P]]
// CHECK-NEXT:    return %[[N]]
func.func @scales(%x: tensor<4xf32>) -> tensor<4xf32> {
  %half = mjx.constant dense<0.5> : tensor<4xf32>
  %three = mjx.constant dense<3.0> : tensor<4xf32>
  %minus = mjx.constant dense<-1.0> : tensor<4xf32>
  %0 = mjx.mul %x, %half : tensor<4xf32>
  %1 = mjx.mul %0, %three : tensor<4xf32>
  %2 = mjx.mul %1, %minus : tensor<4xf32>
  return %2 : tensor<4xf32>
}

// -----

// 0.1 * 3 would be rounded twice one way and once the other.
// CHECK-LABEL: func.func @scales_that_round(
// CHECK-COUNT-2: mjx.mul
func.func @scales_that_round(%x: tensor<4xf32>) -> tensor<4xf32> {
  %tenth = mjx.constant dense<0.1> : tensor<4xf32>
  %three = mjx.constant dense<3.0> : tensor<4xf32>
  %0 = mjx.mul %x, %tenth : tensor<4xf32>
  %1 = mjx.mul %0, %three : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @quotients(
// CHECK-DAG:     %[[C:.*]] = mjx.constant dense<2.500000e-01>
// CHECK-DAG:     mjx.mul %{{.*}}, %[[C]]
// CHECK-DAG:     mjx.div
func.func @quotients(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %four = mjx.constant dense<4.0> : tensor<4xf32>
  %three = mjx.constant dense<3.0> : tensor<4xf32>
  %0 = mjx.div %x, %four : tensor<4xf32>
  %1 = mjx.div %x, %three : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @powers(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-DAG:     %[[ONE:.*]] = mjx.constant dense<1.0
// CHECK-DAG:     %[[S:.*]] = mjx.mul %[[X]], %[[X]]
// CHECK-DAG:     %[[D:.*]] = mjx.div %[[ONE]], %[[X]]
// CHECK-DAG:     %[[P:.*]] = mjx.pow
// CHECK:         return %[[X]], %[[S]], %[[D]], %[[P]]
func.func @powers(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %one = mjx.constant dense<1.0> : tensor<4xf32>
  %two = mjx.constant dense<2.0> : tensor<4xf32>
  %minus = mjx.constant dense<-1.0> : tensor<4xf32>
  %half = mjx.constant dense<0.5> : tensor<4xf32>
  %0 = mjx.pow %x, %one : tensor<4xf32>
  %1 = mjx.pow %x, %two : tensor<4xf32>
  %2 = mjx.pow %x, %minus : tensor<4xf32>
  %3 = mjx.pow %x, %half : tensor<4xf32>
  return %0, %1, %2, %3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// x + 0 makes 0 of -0, x - x and 0 * x may be NaN, x / x too, 0 - x is 0 for 0.
// CHECK-LABEL: func.func @kept(
// CHECK-DAG:     mjx.add
// CHECK-DAG:     mjx.sub
// CHECK-DAG:     mjx.mul
// CHECK-DAG:     mjx.div
// CHECK-DAG:     mjx.sub
// CHECK-DAG:     mjx.sub
// CHECK-DAG:     mjx.compare
func.func @kept(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi1>) {
  %zero = mjx.constant dense<0.0> : tensor<4xf32>
  %minus = mjx.constant dense<-0.0> : tensor<4xf32>
  %0 = mjx.add %x, %zero : tensor<4xf32>
  %1 = mjx.sub %x, %x : tensor<4xf32>
  %2 = mjx.mul %x, %zero : tensor<4xf32>
  %3 = mjx.div %x, %x : tensor<4xf32>
  %4 = mjx.sub %zero, %x : tensor<4xf32>
  %5 = mjx.sub %x, %minus : tensor<4xf32>
  %6 = mjx.compare eq %x, %x : tensor<4xf32>, tensor<4xf32> -> tensor<4xi1>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi1>
}

// -----

// CHECK-LABEL: func.func @neutral(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[I:[a-z0-9]+]]:
// CHECK-NEXT:    return %[[X]], %[[X]], %[[X]], %[[X]], %[[I]], %[[I]], %[[X]], %[[X]]
func.func @neutral(%x: tensor<4xf32>, %i: tensor<4xi32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi32>, tensor<4xi32>, tensor<4xf32>, tensor<4xf32>) {
  %zero = mjx.constant dense<0.0> : tensor<4xf32>
  %minus = mjx.constant dense<-0.0> : tensor<4xf32>
  %one = mjx.constant dense<1.0> : tensor<4xf32>
  %izero = mjx.constant dense<0> : tensor<4xi32>
  %bits = mjx.constant dense<-1> : tensor<4xi32>
  %0 = mjx.sub %x, %zero : tensor<4xf32>
  %1 = mjx.add %x, %minus : tensor<4xf32>
  %2 = mjx.mul %x, %one : tensor<4xf32>
  %3 = mjx.div %x, %one : tensor<4xf32>
  %4 = mjx.add %i, %izero : tensor<4xi32>
  %5 = mjx.and %i, %bits : tensor<4xi32>
  %6 = mjx.max %x, %x : tensor<4xf32>
  %7 = mjx.neg %x : tensor<4xf32>
  %8 = mjx.neg %7 : tensor<4xf32>
  return %0, %1, %2, %3, %4, %5, %6, %8 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi32>, tensor<4xi32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @nested_select(
// CHECK-SAME:    %[[P:[a-z0-9]+]]: tensor<4xi1>, %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[Y:[a-z0-9]+]]: tensor<4xf32>, %[[Z:[a-z0-9]+]]:
// CHECK-NEXT:    %[[S:.*]] = mjx.select %[[P]], %[[X]], %[[Z]]
// CHECK-NEXT:    return %[[S]]
func.func @nested_select(%p: tensor<4xi1>, %x: tensor<4xf32>, %y: tensor<4xf32>, %z: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.select %p, %x, %y : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  %1 = mjx.select %p, %0, %z : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @select_by_not(
// CHECK-SAME:    %[[P:[a-z0-9]+]]: tensor<4xi1>, %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[Y:[a-z0-9]+]]:
// CHECK-NEXT:    %[[S:.*]] = mjx.select %[[P]], %[[Y]], %[[X]]
// CHECK-NEXT:    return %[[S]]
func.func @select_by_not(%p: tensor<4xi1>, %x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.not %p : tensor<4xi1>
  %1 = mjx.select %0, %x, %y : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @select_of_booleans(
// CHECK-SAME:    %[[P:[a-z0-9]+]]:
// CHECK-NEXT:    %[[N:.*]] = mjx.not %[[P]]
// CHECK-NEXT:    return %[[P]], %[[N]]
func.func @select_of_booleans(%p: tensor<4xi1>) -> (tensor<4xi1>, tensor<4xi1>) {
  %t = mjx.constant dense<true> : tensor<4xi1>
  %f = mjx.constant dense<false> : tensor<4xi1>
  %0 = mjx.select %p, %t, %f : tensor<4xi1>, tensor<4xi1>, tensor<4xi1> -> tensor<4xi1>
  %1 = mjx.select %p, %f, %t : tensor<4xi1>, tensor<4xi1>, tensor<4xi1> -> tensor<4xi1>
  return %0, %1 : tensor<4xi1>, tensor<4xi1>
}

// -----

// Of floats `not <` is not `>=`.
// CHECK-LABEL: func.func @not_of_compare(
// CHECK-DAG:     mjx.compare ge
// CHECK-DAG:     mjx.compare ne
// CHECK-DAG:     %[[L:.*]] = mjx.compare lt
// CHECK-DAG:     mjx.not %[[L]]
func.func @not_of_compare(%x: tensor<4xf32>, %i: tensor<4xi32>) -> (tensor<4xi1>, tensor<4xi1>, tensor<4xi1>) {
  %z = mjx.constant dense<0.0> : tensor<4xf32>
  %iz = mjx.constant dense<0> : tensor<4xi32>
  %0 = mjx.compare lt %i, %iz : tensor<4xi32>, tensor<4xi32> -> tensor<4xi1>
  %1 = mjx.not %0 : tensor<4xi1>
  %2 = mjx.compare eq %x, %z : tensor<4xf32>, tensor<4xf32> -> tensor<4xi1>
  %3 = mjx.not %2 : tensor<4xi1>
  %4 = mjx.compare lt %x, %z : tensor<4xf32>, tensor<4xf32> -> tensor<4xi1>
  %5 = mjx.not %4 : tensor<4xi1>
  return %1, %3, %5 : tensor<4xi1>, tensor<4xi1>, tensor<4xi1>
}

// -----

// CHECK-LABEL: func.func @compare_of_boolean(
// CHECK-SAME:    %[[P:[a-z0-9]+]]:
// CHECK-NEXT:    return %[[P]]
func.func @compare_of_boolean(%p: tensor<4xi1>) -> tensor<4xi1> {
  %z = mjx.constant dense<0> : tensor<4xi32>
  %0 = mjx.convert %p : tensor<4xi1> -> tensor<4xi32>
  %1 = mjx.compare ne %0, %z : tensor<4xi32>, tensor<4xi32> -> tensor<4xi1>
  return %1 : tensor<4xi1>
}

// -----

// By way of a wider type, but not of a narrower one.
// CHECK-LABEL: func.func @convert_of_convert(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[H:[a-z0-9]+]]:
// CHECK-DAG:     %[[A:.*]] = mjx.convert %[[X]] : tensor<4xf32> -> tensor<4xbf16>
// CHECK-DAG:     %[[B:.*]] = mjx.convert %[[A]] : tensor<4xbf16> -> tensor<4xf32>
// CHECK:         return %[[A]], %[[H]], %[[B]]
func.func @convert_of_convert(%x: tensor<4xf32>, %h: tensor<4xf16>) -> (tensor<4xbf16>, tensor<4xf16>, tensor<4xf32>) {
  %0 = mjx.convert %x : tensor<4xf32> -> tensor<4xf64>
  %1 = mjx.convert %0 : tensor<4xf64> -> tensor<4xbf16>
  %2 = mjx.convert %h : tensor<4xf16> -> tensor<4xf32>
  %3 = mjx.convert %2 : tensor<4xf32> -> tensor<4xf16>
  %4 = mjx.convert %x : tensor<4xf32> -> tensor<4xbf16>
  %5 = mjx.convert %4 : tensor<4xbf16> -> tensor<4xf32>
  return %1, %3, %5 : tensor<4xbf16>, tensor<4xf16>, tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @broadcast_later(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<3xf32>, %[[Y:[a-z0-9]+]]:
// CHECK-DAG:     %[[C:.*]] = mjx.constant dense<5.0{{.*}}> : tensor<3xf32>
// CHECK-DAG:     %[[P:.*]] = mjx.mul %[[X]], %[[Y]] : tensor<3xf32>
// CHECK:         %[[A:.*]] = mjx.add %[[P]], %[[C]] : tensor<3xf32>
// CHECK-NEXT:    %[[E:.*]] = mjx.exp %[[A]] : tensor<3xf32>
// CHECK-NEXT:    %[[B:.*]] = mjx.broadcast_in_dim %[[E]], dims = [1]
// CHECK-NEXT:    return %[[B]]
func.func @broadcast_later(%x: tensor<3xf32>, %y: tensor<3xf32>) -> tensor<8x3xf32> {
  %0 = mjx.broadcast_in_dim %x, dims = [1] : tensor<3xf32> -> tensor<8x3xf32>
  %1 = mjx.broadcast_in_dim %y, dims = [1] : tensor<3xf32> -> tensor<8x3xf32>
  %2 = mjx.mul %0, %1 : tensor<8x3xf32>
  %5 = mjx.constant dense<5.0> : tensor<8x3xf32>
  %3 = mjx.add %2, %5 : tensor<8x3xf32>
  %4 = mjx.exp %3 : tensor<8x3xf32>
  return %4 : tensor<8x3xf32>
}

// -----

// CHECK-LABEL: func.func @move_later(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<2x3xf32>, %[[Y:[a-z0-9]+]]:
// CHECK-NEXT:    %[[P:.*]] = mjx.mul %[[X]], %[[Y]] : tensor<2x3xf32>
// CHECK-NEXT:    %[[E:.*]] = mjx.exp %[[P]] : tensor<2x3xf32>
// CHECK-NEXT:    return %[[E]]
func.func @move_later(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = mjx.transpose %x, permutation = [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %1 = mjx.transpose %y, permutation = [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %2 = mjx.mul %0, %1 : tensor<3x2xf32>
  %3 = mjx.exp %2 : tensor<3x2xf32>
  %4 = mjx.transpose %3, permutation = [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
  return %4 : tensor<2x3xf32>
}

// -----

// CHECK-LABEL: func.func @reshape_later(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<2x3xf32>, %[[Y:[a-z0-9]+]]:
// CHECK-NEXT:    %[[P:.*]] = mjx.mul %[[X]], %[[Y]] : tensor<2x3xf32>
// CHECK-NEXT:    %[[R:.*]] = mjx.reshape %[[P]]
// CHECK-NEXT:    return %[[R]]
func.func @reshape_later(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<6xf32> {
  %0 = mjx.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
  %1 = mjx.reshape %y : tensor<2x3xf32> -> tensor<6xf32>
  %2 = mjx.mul %0, %1 : tensor<6xf32>
  return %2 : tensor<6xf32>
}

// A scaled product of constants is a constant: nothing goes round in circles.
// CHECK-LABEL: func.func @scaled_constants(
// CHECK:         %[[C:.*]] = mjx.constant dense<2.100000e+01>
// CHECK-NEXT:    mjx.add %{{.*}}, %[[C]]
func.func @scaled_constants(%a: tensor<f64>) -> tensor<f64> {
  %0 = mjx.constant dense<1.0> : tensor<f64>
  %1 = mjx.constant dense<7.0> : tensor<f64>
  %2 = mjx.constant dense<3.0> : tensor<f64>
  %3 = mjx.mul %0, %1 : tensor<f64>
  %4 = mjx.mul %3, %2 : tensor<f64>
  %5 = mjx.add %a, %4 : tensor<f64>
  return %5 : tensor<f64>
}
