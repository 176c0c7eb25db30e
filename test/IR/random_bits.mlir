// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose | FileCheck %s --check-prefix=DECOMPOSED

// SYNTAX-LABEL: @bits(
// SYNTAX: mjx.random_bits %{{.*}} : tensor<2xui32> -> tensor<3x4xui32>
// DECOMPOSED-LABEL: @bits(
// DECOMPOSED-DAG: %[[HIGH:.*]] = mjx.constant dense<0> : tensor<12xui32>
// DECOMPOSED-DAG: %[[LOW:.*]] = mjx.iota dim = 0 : tensor<12xui32>
// DECOMPOSED: %[[FIRST:.*]], %[[SECOND:.*]] = mjx.threefry2x32 %{{.*}}, %{{.*}}, %[[HIGH]], %[[LOW]]
// DECOMPOSED: %[[WORD:.*]] = mjx.xor %[[FIRST]], %[[SECOND]]
// DECOMPOSED: mjx.reshape %[[WORD]] : tensor<12xui32> -> tensor<3x4xui32>
func.func @bits(%key: tensor<2xui32>) -> tensor<3x4xui32> {
  %0 = mjx.random_bits %key : tensor<2xui32> -> tensor<3x4xui32>
  return %0 : tensor<3x4xui32>
}

// The first word is the high half.
// DECOMPOSED-LABEL: @wide(
// DECOMPOSED: %[[FIRST:.*]], %[[SECOND:.*]] = mjx.threefry2x32
// DECOMPOSED: %[[HIGH:.*]] = mjx.convert %[[FIRST]] : tensor<5xui32> -> tensor<5xui64>
// DECOMPOSED: mjx.shl %[[HIGH]]
func.func @wide(%key: tensor<2xui32>) -> tensor<5xui64> {
  %0 = mjx.random_bits %key : tensor<2xui32> -> tensor<5xui64>
  return %0 : tensor<5xui64>
}

// Every key counts from zero.
// RULES-LABEL: @batch(
// RULES: mjx.iota dim = 1 : tensor<4x5xui32>
// RULES: mjx.threefry2x32 {{.*}} : tensor<4x5xui32>
func.func @batch(%keys: tensor<4x2xui32>) -> tensor<4x5xui32> {
  %y = mjx.vmap(%keys) in_axes = [0], out_axes = [0] {size = 4 : i64} : (tensor<4x2xui32>) -> tensor<4x5xui32> {
  ^bb0(%key: tensor<2xui32>):
    %0 = mjx.random_bits %key : tensor<2xui32> -> tensor<5xui32>
    mjx.yield %0 : tensor<5xui32>
  }
  return %y : tensor<4x5xui32>
}
