// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @real(%x: tensor<8xf32>) {
  // expected-error @+2 {{'mjx.fft' op failed to infer returned types}}
  // expected-error @+1 {{expected complex numbers for fft, but got 'tensor<8xf32>'}}
  %0 = mjx.fft fft %x, lengths = [8] : tensor<8xf32> -> tensor<8xf32>
  return
}

// -----

func.func @none(%x: tensor<8xcomplex<f32>>) {
  // expected-error @+2 {{'mjx.fft' op failed to infer returned types}}
  // expected-error @+1 {{expected from 1 to 1 lengths, but got []}}
  %0 = mjx.fft fft %x, lengths = [] : tensor<8xcomplex<f32>> -> tensor<8xcomplex<f32>>
  return
}

// -----

func.func @shape(%x: tensor<8xcomplex<f32>>) {
  // expected-error @+2 {{'mjx.fft' op failed to infer returned types}}
  // expected-error @+1 {{expected the last dimensions to be [5], but got 'tensor<8xcomplex<f32>>'}}
  %0 = mjx.fft irfft %x, lengths = [8] : tensor<8xcomplex<f32>> -> tensor<8xf32>
  return
}

// -----

func.func @zero(%x: tensor<0xcomplex<f32>>) {
  // expected-error @+2 {{'mjx.fft' op failed to infer returned types}}
  // expected-error @+1 {{expected lengths of at least 1, but got [0]}}
  %0 = mjx.fft fft %x, lengths = [0] : tensor<0xcomplex<f32>> -> tensor<0xcomplex<f32>>
  return
}
