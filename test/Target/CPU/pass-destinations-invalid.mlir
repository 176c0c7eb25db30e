// RUN: mjx-opt %s --split-input-file --verify-diagnostics --mjx-cpu-pass-destinations

// expected-error@+1 {{expected inputs and results to be tensors of static shape, but got 'f32'}}
func.func @scalar(%a: f32) -> f32 {
  return %a : f32
}

// -----

// expected-error@+1 {{mark the program}}
module {
  func.func @a() { return }
  func.func @b() { return }
}
