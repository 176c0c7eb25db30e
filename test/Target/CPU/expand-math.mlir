// RUN: mjx-opt %s --mjx-cpu-expand-math | FileCheck %s
// RUN: not mjx-opt %S/Inputs/unknown-math.mlir --mjx-cpu-expand-math 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: error: expected a math function the CPU target knows, but got `math.fpowi` on 'f32'

// Vectors and scalars share one expansion, without calls or conversions that
// are undefined on NaN.
// CHECK-LABEL: func.func @exp
// CHECK-NOT: math.exp
// CHECK-NOT: arith.fptosi
// CHECK: math.fma {{.*}} : vector<16xf32>
// CHECK: arith.bitcast {{.*}} : vector<16xi32> to vector<16xf32>
// CHECK: return
func.func @exp(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x : vector<16xf32>
  return %y : vector<16xf32>
}

// Large arguments of sine take the library's reduction, guarded by one branch.
// CHECK-LABEL: func.func @sin
// CHECK: %[[ANY:.*]] = vector.reduction <or>
// CHECK: scf.if %[[ANY]]
// CHECK: func.call @mjx_lanes_sinf_16
// CHECK: else
// CHECK-NOT: call
// CHECK: math.fma
func.func @sin(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.sin %x : vector<16xf32>
  return %y : vector<16xf32>
}

// CHECK-LABEL: func.func @f64
// CHECK: call @pow(%{{.*}}, %{{.*}}) : (f64, f64) -> f64
func.func @f64(%x: f64, %y: f64) -> f64 {
  %z = math.powf %x, %y : f64
  return %z : f64
}

// Powers of f32 are computed in f64.
// CHECK-LABEL: func.func @power
// CHECK-NOT: call
// CHECK: arith.extf %{{.*}} : vector<16xf32> to vector<16xf64>
// CHECK: arith.truncf %{{.*}} : vector<16xf64> to vector<16xf32>
// CHECK: return
func.func @power(%x: vector<16xf32>, %y: vector<16xf32>) -> vector<16xf32> {
  %z = math.powf %x, %y : vector<16xf32>
  return %z : vector<16xf32>
}

// NaN in either operand of a maximum is kept.
// CHECK-LABEL: func.func @maximum
// CHECK: %[[GREATER:.*]] = arith.cmpf ogt, %[[X:.*]], %[[Y:.*]] :
// CHECK: %[[PICKED:.*]] = arith.select %[[GREATER]], %[[X]], %[[Y]]
// CHECK: %[[NAN:.*]] = arith.cmpf uno, %[[X]], %[[X]]
// CHECK: arith.select %[[NAN]], %[[X]], %[[PICKED]]
func.func @maximum(%x: f32, %y: f32) -> f32 {
  %z = arith.maximumf %x, %y : f32
  return %z : f32
}
