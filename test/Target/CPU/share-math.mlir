// RUN: mjx-opt %s --split-input-file --mjx-cpu-expand-math | FileCheck %s

// What a program uses often is a function of its own, and so compiled once.
// CHECK-LABEL: func.func @often
// CHECK-COUNT-9: call @mjx_f32_exp_16(%{{.*}}) : (vector<16xf32>) -> vector<16xf32>
// CHECK: func.func private @mjx_f32_exp_16(%{{.*}}: vector<16xf32>) -> vector<16xf32> attributes {llvm.readnone}
// CHECK: math.fma
// CHECK-NOT: math.exp
func.func @often(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp %x : vector<16xf32>
  %1 = math.exp %0 : vector<16xf32>
  %2 = math.exp %1 : vector<16xf32>
  %3 = math.exp %2 : vector<16xf32>
  %4 = math.exp %3 : vector<16xf32>
  %5 = math.exp %4 : vector<16xf32>
  %6 = math.exp %5 : vector<16xf32>
  %7 = math.exp %6 : vector<16xf32>
  %8 = math.exp %7 : vector<16xf32>
  return %8 : vector<16xf32>
}

// -----

// Equal operands of one use are none of another.
// CHECK-LABEL: func.func @twice
// CHECK: call @mjx_f32_atan2_8(%[[X:.*]], %[[X]])
// CHECK: func.func private @mjx_f32_atan2_8(%[[A:.*]]: vector<8xf32>, %[[B:.*]]: vector<8xf32>)
// CHECK-DAG: math.absf %[[A]]
// CHECK-DAG: math.absf %[[B]]
func.func @twice(%x: vector<8xf32>, %y: vector<8xf32>) -> vector<8xf32> {
  %0 = math.atan2 %x, %x : vector<8xf32>
  %1 = math.atan2 %0, %y : vector<8xf32>
  %2 = math.atan2 %1, %y : vector<8xf32>
  %3 = math.atan2 %2, %y : vector<8xf32>
  %4 = math.atan2 %3, %y : vector<8xf32>
  %5 = math.atan2 %4, %y : vector<8xf32>
  %6 = math.atan2 %5, %y : vector<8xf32>
  %7 = math.atan2 %6, %y : vector<8xf32>
  %8 = math.atan2 %7, %y : vector<8xf32>
  return %8 : vector<8xf32>
}

// -----

// Scalars stay in line, where LLVM may vectorize the loop around them.
// CHECK-LABEL: func.func @scalars
// CHECK-NOT: call
// CHECK: return
func.func @scalars(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  %1 = math.exp %0 : f32
  %2 = math.exp %1 : f32
  %3 = math.exp %2 : f32
  %4 = math.exp %3 : f32
  %5 = math.exp %4 : f32
  %6 = math.exp %5 : f32
  %7 = math.exp %6 : f32
  %8 = math.exp %7 : f32
  return %8 : f32
}
