// RUN: mjx-opt %s --mjx-cpu-legalize-arith | FileCheck %s

// 16-bit floats are computed in f32, each result rounded; bfloat16 is converted
// in integers.
// CHECK-LABEL: func.func @bf16
// CHECK: arith.extui {{.*}} : i16 to i32
// CHECK: %[[S:.*]] = arith.addf %{{.*}}, %{{.*}} : f32
// CHECK: arith.trunci {{.*}} : i32 to i16
// CHECK: arith.bitcast {{.*}} : i16 to bf16
func.func @bf16(%x: bf16) -> bf16 {
  %y = arith.addf %x, %x : bf16
  return %y : bf16
}

// CHECK-LABEL: func.func @f16
// CHECK: %[[X:.*]] = arith.extf %{{.*}} : f16 to f32
// CHECK: %[[E:.*]] = math.exp %{{.*}} : f32
// CHECK: arith.truncf %[[E]] : f32 to f16
func.func @f16(%x: f16) -> f16 {
  %y = math.exp %x : f16
  return %y : f16
}

// CHECK-LABEL: func.func @complex
// CHECK-NOT: complex.mul
// CHECK: arith.mulf
func.func @complex(%x: complex<f32>) -> complex<f32> {
  %y = complex.mul %x, %x : complex<f32>
  return %y : complex<f32>
}
