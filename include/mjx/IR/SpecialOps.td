//===- SpecialOps.td - Special functions ------------------*- tablegen -*-===//
//
// Pointwise ops that are replaced by others of the dialect before lowering:
// lib/IR/SpecialOps.cpp has their derivatives, where a record does not, and
// their decompositions.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_SPECIAL_OPS
#define MJX_SPECIAL_OPS

include "mjx/IR/PointwiseOps.td"

class Mjx_SpecialOp<string mnemonic, int arity, string jvp>
    : Mjx_PointwiseOp<mnemonic, arity, jvp, "",
                      [SameOperandsAndResultType,
                       DeclareOpInterfaceMethods<DecomposeOpInterface>]> {
  let description = [{
    Elementwise; operands and result have the same type.
  }];
  let results = (outs Mjx_FloatTensor:$out);
  let scalar = "(void)b; (void)args; return {};";
}

class Mjx_SpecialUnaryOp<string mnemonic, string jvp>
    : Mjx_SpecialOp<mnemonic, 1, jvp> {
  let arguments = (ins Mjx_FloatTensor:$x);
  let assemblyFormat = "$x attr-dict `:` type($out)";
}
class Mjx_SpecialBinaryOp<string mnemonic, string jvp>
    : Mjx_SpecialOp<mnemonic, 2, jvp> {
  let arguments = (ins Mjx_FloatTensor:$x, Mjx_FloatTensor:$y);
  let assemblyFormat = "$x `,` $y attr-dict `:` type($out)";
}

def BesselI0eOp
    : Mjx_SpecialUnaryOp<"bessel_i0e", "dx * (BesselI1eOp::of(x) - SignOp::of(x) * out)"> {
  let summary = "Modified Bessel function of order 0, times e^-|x|";
}
def BesselI1eOp : Mjx_SpecialUnaryOp<"bessel_i1e", "dx * besselI1eSlope(x, out)"> {
  let summary = "Modified Bessel function of order 1, times e^-|x|";
}
def ZetaOp : Mjx_SpecialBinaryOp<"zeta", Mjx_WrittenOut> {
  let summary = "Hurwitz zeta function: the sum of (y + k)^-x over k from 0";
  let description = [{
    Elementwise; operands and result have the same type. Infinite at x = 1 and
    NaN below, and for noninteger x where y is negative. Has no derivative in x.
  }];
}
def IgammaOp : Mjx_SpecialBinaryOp<"igamma", "igammaTangent(x, y, dx, dy)"> {
  let summary = "Lower incomplete gamma function of order x at y, over gamma(x)";
}
def IgammacOp : Mjx_SpecialBinaryOp<"igammac", "-igammaTangent(x, y, dx, dy)"> {
  let summary = "Upper incomplete gamma function of order x at y, over gamma(x)";
}
def IgammaGradAOp : Mjx_SpecialBinaryOp<"igamma_grad_a", Mjx_WrittenOut> {
  let summary = "Derivative of `igamma` in its order x; has none of its own";
}
def RandomGammaGradOp : Mjx_SpecialBinaryOp<"random_gamma_grad", Mjx_WrittenOut> {
  let summary = "Derivative of a gamma variate y in its order x; has none of its own";
  let description = [{
    Elementwise; operands and result have the same type. How y has to move with
    x for `igamma` to stay what it is.
  }];
}
def BetaincOp : Mjx_SpecialOp<"betainc", 3, Mjx_WrittenOut> {
  let summary = "Regularized incomplete beta function with parameters x and y, at z";
  let description = [{
    Elementwise; operands and result have the same type. Has no derivative in x
    and y.
  }];
  let arguments = (ins Mjx_FloatTensor:$x, Mjx_FloatTensor:$y, Mjx_FloatTensor:$z);
  let assemblyFormat = "$x `,` $y `,` $z attr-dict `:` type($out)";
}

#endif // MJX_SPECIAL_OPS
