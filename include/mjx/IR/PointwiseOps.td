//===- PointwiseOps.td - One element at a time ------------*- tablegen -*-===//
//
// A record is the whole definition of an op: type, scalar form, derivative,
// transpose. Everything else follows from Mjx_PointwiseOp.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_POINTWISE_OPS
#define MJX_POINTWISE_OPS

include "mjx/IR/MjxBase.td"

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

class Mjx_UnaryOp<string mnemonic, Type type, string jvp = "", string transpose = "",
                  list<Trait> traits = [SameOperandsAndResultType]>
    : Mjx_PointwiseOp<mnemonic, 1, jvp, transpose, traits> {
  let arguments = (ins type:$x);
  let results = (outs type:$out);
  let assemblyFormat = "$x attr-dict `:` type($out)";
  let description = [{
    Elementwise; operand and result have the same type.
  }];
}

/// A real function with a `math` op of its own.
class Mjx_MathOp<string mnemonic, string mathOp, string jvp>
    : Mjx_UnaryOp<mnemonic, Mjx_FloatTensor, jvp> {
  let floatOp = "::mlir::math::" # mathOp;
}

/// A function that has a complex form too.
class Mjx_AnalyticOp<string mnemonic, string op, string jvp>
    : Mjx_UnaryOp<mnemonic, Mjx_InexactTensor, jvp> {
  let floatOp = "::mlir::math::" # op;
  let complexOp = "::mlir::complex::" # op;
}

/// Replaced by other ops of the dialect before lowering: lib/IR/PointwiseOps.cpp.
class Mjx_DecomposedOp<string mnemonic, string jvp>
    : Mjx_UnaryOp<mnemonic, Mjx_FloatTensor, jvp, "",
                  [SameOperandsAndResultType, DeclareOpInterfaceMethods<DecomposeOpInterface>]> {
  let scalar = "(void)b; (void)args; return {};";
}

def NegOp : Mjx_UnaryOp<"neg", Mjx_NumberTensor, "-dx", "c.add(0, -ct);"> {
  let summary = "Negative; of integers modulo their range";
  let floatOp = "::mlir::arith::NegFOp";
  let complexOp = "::mlir::complex::NegOp";
  let signedOp = "NegateIntOp";
  let hasFolder = 1;
}
def AbsOp : Mjx_UnaryOp<"abs", Mjx_RealTensor, "dx * signOrOne(x)"> {
  let summary = "Absolute value";
  let description = [{
    Elementwise. The derivative at 0 is 1. The complex modulus is written with
    `real` and `imag`.
  }];
  let floatOp = "::mlir::math::AbsFOp";
  let signedOp = "::mlir::math::AbsIOp";
  let unsignedOp = "IdentityScalarOp";
}
def SignOp : Mjx_UnaryOp<"sign", Mjx_RealTensor> {
  let summary = "-1, 0 or 1; zeros keep their sign and NaN stays NaN";
  let floatOp = "SignFloatOp";
  let signedOp = "SignSignedOp";
  let unsignedOp = "SignUnsignedOp";
}
def CeilOp : Mjx_UnaryOp<"ceil", Mjx_FloatTensor> {
  let summary = "Least integer not below";
  let floatOp = "::mlir::math::CeilOp";
}
def FloorOp : Mjx_UnaryOp<"floor", Mjx_FloatTensor> {
  let summary = "Greatest integer not above";
  let floatOp = "::mlir::math::FloorOp";
}
def RoundOp : Mjx_PointwiseOp<"round", 1, "", "", [SameOperandsAndResultType]> {
  let summary = "Nearest integer; halves to even or away from zero";
  let description = [{
    ```mlir
    %y = mjx.round even %x : tensor<4xf32>
    ```
  }];
  let arguments = (ins Mjx_Keyword<["even", "away"]>:$halves, Mjx_FloatTensor:$x);
  let results = (outs Mjx_FloatTensor:$out);
  let assemblyFormat = "custom<Keyword>($halves) $x attr-dict `:` type($out)";
  let scalar = [{
    if (getHalves() == "even")
      return buildScalarOp<::mlir::math::RoundEvenOp>(getOperation(), b, args);
    return buildScalarOp<::mlir::math::RoundOp>(getOperation(), b, args);
  }];
  let ofDeclaration = "static Val of(Val x, ::llvm::StringRef halves);\n";
  let ofDefinition = [{Val $cppClass::of(Val x, ::llvm::StringRef halves) {
    return {*x.emitter, x.emitter->create<$cppClass>(halves, x.value)};
  }
  }];
}
def NotOp : Mjx_UnaryOp<"not", Mjx_BitsTensor> {
  let summary = "Every bit inverted";
  let signedOp = "InvertBitsOp";
  let boolOp = "InvertBitsOp";
  let hasFolder = 1;
}
def PopcntOp : Mjx_UnaryOp<"popcnt", Mjx_IntTensor> {
  let summary = "Number of bits that are 1";
  let signedOp = "::mlir::math::CtPopOp";
}
def ClzOp : Mjx_UnaryOp<"clz", Mjx_IntTensor> {
  let summary = "Number of leading bits that are 0";
  let signedOp = "::mlir::math::CountLeadingZerosOp";
}

def ExpOp : Mjx_AnalyticOp<"exp", "ExpOp", "dx * out"> {
  let summary = "e to the power of x";
}
def Exp2Op : Mjx_MathOp<"exp2", "Exp2Op", "dx * out * 0.6931471805599453"> {
  let summary = "2 to the power of x";
}
def Expm1Op : Mjx_AnalyticOp<"expm1", "ExpM1Op", "dx * (out + 1.0)"> {
  let summary = "exp(x) - 1, accurate near 0";
  let complexOp = "::mlir::complex::Expm1Op";
}
def LogOp : Mjx_AnalyticOp<"log", "LogOp", "dx / x"> {
  let summary = "Natural logarithm";
}
def Log1pOp : Mjx_AnalyticOp<"log1p", "Log1pOp", "dx / (x + 1.0)"> {
  let summary = "log(1 + x), accurate near 0";
}
def SqrtOp : Mjx_AnalyticOp<"sqrt", "SqrtOp", "dx * (0.5 / out)"> {
  let summary = "Square root";
}
def RsqrtOp : Mjx_AnalyticOp<"rsqrt", "RsqrtOp", "dx * (-0.5 * out / x)"> {
  let summary = "One over the square root";
}
def CbrtOp : Mjx_MathOp<"cbrt", "CbrtOp", "dx * (out / (x * 3.0))"> {
  let summary = "Cube root";
}
def SinOp : Mjx_AnalyticOp<"sin", "SinOp", "dx * CosOp::of(x)"> {
  let summary = "Sine of an angle in radians";
}
def CosOp : Mjx_AnalyticOp<"cos", "CosOp", "-(dx * SinOp::of(x))"> {
  let summary = "Cosine of an angle in radians";
}
def TanOp : Mjx_AnalyticOp<"tan", "TanOp", "dx * (out * out + 1.0)"> {
  let summary = "Tangent of an angle in radians";
}
def AtanOp : Mjx_MathOp<"atan", "AtanOp", "dx / (x * x + 1.0)"> {
  let summary = "Arc tangent, in radians";
}
def TanhOp : Mjx_AnalyticOp<"tanh", "TanhOp", "dx * (1.0 - out * out)"> {
  let summary = "Hyperbolic tangent";
}
def AsinOp : Mjx_MathOp<"asin", "AsinOp", "dx * RsqrtOp::of(1.0 - x * x)"> {
  let summary = "Arc sine, in radians";
}
def AcosOp : Mjx_MathOp<"acos", "AcosOp", "-(dx * RsqrtOp::of(1.0 - x * x))"> {
  let summary = "Arc cosine, in radians";
}
def SinhOp : Mjx_MathOp<"sinh", "SinhOp", "dx * CoshOp::of(x)"> {
  let summary = "Hyperbolic sine";
}
def CoshOp : Mjx_MathOp<"cosh", "CoshOp", "dx * SinhOp::of(x)"> {
  let summary = "Hyperbolic cosine";
}
def AsinhOp : Mjx_MathOp<"asinh", "AsinhOp", "dx * RsqrtOp::of(x * x + 1.0)"> {
  let summary = "Inverse hyperbolic sine";
}
def AcoshOp : Mjx_MathOp<"acosh", "AcoshOp", "dx * RsqrtOp::of((x - 1.0) * (x + 1.0))"> {
  let summary = "Inverse hyperbolic cosine";
}
def AtanhOp : Mjx_MathOp<"atanh", "AtanhOp", "dx / ((1.0 - x) * (x + 1.0))"> {
  let summary = "Inverse hyperbolic tangent";
}
def ErfOp : Mjx_MathOp<"erf", "ErfOp", "dx * ExpOp::of(-(x * x)) * 1.1283791670955126"> {
  let summary = "Error function";
}
def ErfcOp : Mjx_MathOp<"erfc", "ErfcOp", "dx * ExpOp::of(-(x * x)) * -1.1283791670955126"> {
  let summary = "1 - erf(x), accurate for large x";
}
def LogisticOp : Mjx_DecomposedOp<"logistic", "dx * (out * LogisticOp::of(-x))"> {
  let summary = "1 / (1 + exp(-x))";
}
def ErfInvOp : Mjx_DecomposedOp<"erf_inv", "dx * ExpOp::of(out * out) * 0.8862269254527580"> {
  let summary = "Inverse error function";
}
def LgammaOp : Mjx_DecomposedOp<"lgamma", "dx * DigammaOp::of(x)"> {
  let summary = "Logarithm of the absolute value of the gamma function";
}
def DigammaOp : Mjx_DecomposedOp<"digamma", "dx * trigamma(x)"> {
  let summary = "Derivative of lgamma";
}

/// To and from complex numbers.
class Mjx_ComplexPartOp<string mnemonic, string jvp, string transpose>
    : Mjx_PointwiseOp<mnemonic, 1, jvp, transpose, Mjx_Inferred> {
  let arguments = (ins Mjx_ComplexTensor:$x);
  let results = (outs Mjx_FloatTensor:$out);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($out)";
  let description = [{
    Elementwise, from complex numbers to real ones of half the size.
  }];
}
def RealOp : Mjx_ComplexPartOp<"real", "RealOp::of(dx)",
                               "c.add(0, ComplexOp::of(ct, ct.splat(0)));"> {
  let summary = "Real part";
  let complexOp = "::mlir::complex::ReOp";
  let hasFolder = 1;
}
def ImagOp : Mjx_ComplexPartOp<"imag", "ImagOp::of(dx)",
                               "c.add(0, ComplexOp::of(ct.splat(0), -ct));"> {
  let summary = "Imaginary part";
  let complexOp = "::mlir::complex::ImOp";
  let hasFolder = 1;
}
def ConjOp : Mjx_UnaryOp<"conj", Mjx_ComplexTensor, "ConjOp::of(dx)", "c.add(0, ConjOp::of(ct));"> {
  let summary = "Complex conjugate";
  let complexOp = "::mlir::complex::ConjOp";
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

class Mjx_BinaryOp<string mnemonic, Type type, string jvp = "", string transpose = "",
                   list<Trait> traits = []>
    : Mjx_PointwiseOp<mnemonic, 2, jvp, transpose, !listconcat([SameOperandsAndResultType], traits)> {
  let arguments = (ins type:$x, type:$y);
  let results = (outs type:$out);
  let assemblyFormat = "$x `,` $y attr-dict `:` type($out)";
  let description = [{
    Elementwise; operands and result have the same type.
  }];
}

/// Bitwise on integers, logical on booleans.
class Mjx_BitwiseOp<string mnemonic, string op>
    : Mjx_BinaryOp<mnemonic, Mjx_BitsTensor, "", "", [Commutative]> {
  let signedOp = "::mlir::arith::" # op;
  let boolOp = "::mlir::arith::" # op;
  let hasFolder = 1;
}

def AddOp : Mjx_BinaryOp<"add", Mjx_NumberTensor, "dx + dy", "c.add(0, ct); c.add(1, ct);",
                         [Commutative]> {
  let summary = "Sum; of integers modulo their range";
  let floatOp = "::mlir::arith::AddFOp";
  let signedOp = "::mlir::arith::AddIOp";
  let complexOp = "::mlir::complex::AddOp";
  let hasFolder = 1;
}
def SubOp : Mjx_BinaryOp<"sub", Mjx_NumberTensor, "dx - dy", "c.add(0, ct); c.add(1, -ct);"> {
  let summary = "Difference; of integers modulo their range";
  let floatOp = "::mlir::arith::SubFOp";
  let signedOp = "::mlir::arith::SubIOp";
  let complexOp = "::mlir::complex::SubOp";
  let hasFolder = 1;
}
def MulOp : Mjx_BinaryOp<"mul", Mjx_NumberTensor, "dx * y + x * dy",
                         "if (c.isLinear(0)) c.add(0, ct * c.in(1)); else c.add(1, c.in(0) * ct);",
                         [Commutative]> {
  let summary = "Product; of integers modulo their range";
  let floatOp = "::mlir::arith::MulFOp";
  let signedOp = "::mlir::arith::MulIOp";
  let complexOp = "::mlir::complex::MulOp";
  let hasFolder = 1;
}
def DivOp : Mjx_BinaryOp<"div", Mjx_NumberTensor, "(dx - out * dy) / y", "c.add(0, ct / c.in(1));"> {
  let summary = "Quotient; of integers truncated";
  let description = [{
    Elementwise. Integers divided by 0 give all bits set, and the least signed
    one divided by -1 itself.
  }];
  let floatOp = "::mlir::arith::DivFOp";
  let signedOp = "DivSignedOp";
  let unsignedOp = "DivUnsignedOp";
  let complexOp = "::mlir::complex::DivOp";
  let hasFolder = 1;
}
def RemOp : Mjx_BinaryOp<"rem", Mjx_RealTensor, "dx - dy * truncatedQuotient(x, y)"> {
  let summary = "Remainder of the truncated quotient, with the sign of x";
  let description = [{
    Elementwise. An integer modulo 0 is itself.
  }];
  let floatOp = "::mlir::arith::RemFOp";
  let signedOp = "RemSignedOp";
  let unsignedOp = "RemUnsignedOp";
}
def PowOp : Mjx_BinaryOp<"pow", Mjx_InexactTensor, "powTangent(x, y, out, dx, dy)"> {
  let summary = "x to the power of y";
  let floatOp = "::mlir::math::PowFOp";
  let complexOp = "::mlir::complex::PowOp";
}
def MaxOp : Mjx_BinaryOp<"max", Mjx_OrderedTensor,
                         "extremumTangent(x, y, out, dx, dy)", "", [Commutative]> {
  let summary = "The greater; NaN if either is";
  let description = [{
    Elementwise. Where the operands are equal each gets half of the derivative.
  }];
  let floatOp = "::mlir::arith::MaximumFOp";
  let signedOp = "::mlir::arith::MaxSIOp";
  let unsignedOp = "::mlir::arith::MaxUIOp";
  let boolOp = "::mlir::arith::OrIOp";
  let hasFolder = 1;
}
def MinOp : Mjx_BinaryOp<"min", Mjx_OrderedTensor,
                         "extremumTangent(x, y, out, dx, dy)", "", [Commutative]> {
  let summary = "The lesser; NaN if either is";
  let description = [{
    Elementwise. Where the operands are equal each gets half of the derivative.
  }];
  let floatOp = "::mlir::arith::MinimumFOp";
  let signedOp = "::mlir::arith::MinSIOp";
  let unsignedOp = "::mlir::arith::MinUIOp";
  let boolOp = "::mlir::arith::AndIOp";
  let hasFolder = 1;
}
def Atan2Op : Mjx_BinaryOp<"atan2", Mjx_FloatTensor, "(dx * y - x * dy) / (x * x + y * y)"> {
  let summary = "Angle of the point (y, x) from the first axis, in radians";
  let description = [{
    Elementwise; the first operand is the ordinate, as in C.
  }];
  let floatOp = "::mlir::math::Atan2Op";
}
def AndOp : Mjx_BitwiseOp<"and", "AndIOp"> {
  let summary = "Bitwise and";
}
def OrOp : Mjx_BitwiseOp<"or", "OrIOp"> {
  let summary = "Bitwise or";
}
def XorOp : Mjx_BitwiseOp<"xor", "XOrIOp"> {
  let summary = "Bitwise exclusive or";
}
def ShlOp : Mjx_BinaryOp<"shl", Mjx_IntTensor> {
  let summary = "Bits moved up by y; 0 if y is the width or more";
  let signedOp = "ShiftLeftOp";
}
def ShrArithOp : Mjx_BinaryOp<"shr_arith", Mjx_IntTensor> {
  let summary = "Bits moved down by y, the sign bit repeated";
  let signedOp = "ShiftRightArithmeticOp";
}
def ShrLogicalOp : Mjx_BinaryOp<"shr_logical", Mjx_IntTensor> {
  let summary = "Bits moved down by y, zeros from above";
  let signedOp = "ShiftRightLogicalOp";
}
def ComplexOp : Mjx_PointwiseOp<"complex", 2, "complexTangent(out, dx, dy)",
                                "c.add(0, RealOp::of(ct)); c.add(1, -ImagOp::of(ct));",
                                Mjx_Inferred> {
  let summary = "A complex number from its real and imaginary parts";
  let description = [{
    Elementwise.
  }];
  let arguments = (ins Mjx_FloatTensor:$x, Mjx_FloatTensor:$y);
  let results = (outs Mjx_ComplexTensor:$out);
  let assemblyFormat = "$x `,` $y attr-dict `:` type($x) `,` type($y) `->` type($out)";
  let floatOp = "MakeComplexOp";
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Compare, select, convert
//===----------------------------------------------------------------------===//

def CompareOp : Mjx_PointwiseOp<"compare", 2, "", "", Mjx_Inferred> {
  let summary = "Whether two elements are in a relation";
  let description = [{
    NaN is in no relation but `ne`. `total` compares floats with `lt` in the
    order -NaN, -inf, ..., -0, +0, ..., inf, NaN. Booleans compare as 0 and 1;
    complex numbers have `eq` and `ne` only.

    ```mlir
    %b = mjx.compare lt %x, %y : tensor<4xf32> -> tensor<4xi1>
    ```
  }];
  let arguments = (ins Mjx_Keyword<["eq", "ne", "lt", "le", "gt", "ge", "total"]>:$direction,
                       Mjx_Tensor:$x, Mjx_Tensor:$y);
  let results = (outs Mjx_BoolTensor:$out);
  let assemblyFormat = [{
    custom<Keyword>($direction) $x `,` $y attr-dict `:` type($x) `,` type($y) `->` type($out)
  }];
  let scalar = "return buildScalarCompare(getOperation(), getDirection(), b, args);";
  let ofDeclaration = "static Val of(Val x, Val y, ::llvm::StringRef direction);\n";
  let ofDefinition = [{Val $cppClass::of(Val x, Val y, ::llvm::StringRef direction) {
    return {*x.emitter, x.emitter->create<$cppClass>(direction, x.value, y.value)};
  }
  }];
  let hasFolder = 1;
}

def SelectOp : Mjx_PointwiseOp<"select", 3, "select(x, dy, dz)",
    "c.add(1, select(c.in(0), ct, Val())); c.add(2, select(c.in(0), Val(), ct));", Mjx_Inferred> {
  let summary = "y where x holds, z elsewhere";
  let description = [{
    ```mlir
    %r = mjx.select %p, %a, %b : tensor<4xi1>, tensor<4xf32>
    ```
  }];
  let arguments = (ins Mjx_BoolTensor:$predicate, Mjx_Tensor:$on_true, Mjx_Tensor:$on_false);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = [{
    $predicate `,` $on_true `,` $on_false attr-dict
    `:` type($predicate) `,` type($on_true) `,` type($on_false) `->` type($out)
  }];
  let scalar = "return ::mlir::arith::SelectOp::create(b, args[0], args[1], args[2]);";
  let hasFolder = 1;
}

class Mjx_ConversionOp<string mnemonic, string jvp = "", string transpose = "">
    : Mjx_PointwiseOp<mnemonic, 1, jvp, transpose, []> {
  let arguments = (ins Mjx_Tensor:$x);
  let results = (outs Mjx_Tensor:$out);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($out)";
  let ofDeclaration = "static Val of(Val x, ::mlir::Type element);\n";
  let ofDefinition = [{Val $cppClass::of(Val x, ::mlir::Type element) {
    return {*x.emitter, x.emitter->create<$cppClass>(x.type().clone(element), x.value)};
  }
  }];
  let hasVerifier = 1;
}

def ConvertOp : Mjx_ConversionOp<"convert",
    "isDifferentiable(out.type()) ? convert(dx, out.element()) : Val()",
    "c.add(0, convert(ct, c.inType(0).getElementType()));"> {
  let summary = "The same number in another element type";
  let description = [{
    Floats become integers by truncation, saturating, NaN becoming 0; integers
    wrap; anything but zero is true; the imaginary part is dropped.
  }];
  let scalar = "return buildScalarConvert(getOperation(), b, args[0]);";
  let hasFolder = 1;
}
def BitcastConvertOp : Mjx_ConversionOp<"bitcast_convert"> {
  let summary = "The same bits as another element type of equal width";
  let description = [{
    Elementwise.
  }];
  let scalar = "return buildScalarBitcast(getOperation(), b, args[0]);";
}
def ReducePrecisionOp : Mjx_PointwiseOp<"reduce_precision", 1,
    "ReducePrecisionOp::of(dx, getExponentBits(), getMantissaBits())",
    "c.add(0, ReducePrecisionOp::of(ct, getExponentBits(), getMantissaBits()));",
    [SameOperandsAndResultType]> {
  let summary = "Rounds to a format with fewer exponent and mantissa bits";
  let description = [{
    To nearest, halves to even. What is too large becomes infinite, what is too
    small for the exponent becomes zero of the same sign. Tangents and
    cotangents are rounded alike.
  }];
  let arguments = (ins Mjx_FloatTensor:$x, I64Attr:$exponent_bits, I64Attr:$mantissa_bits);
  let results = (outs Mjx_FloatTensor:$out);
  let assemblyFormat = [{
    $x `,` `format` `=` `e` $exponent_bits `m` $mantissa_bits attr-dict `:` type($out)
  }];
  let scalar = [{
    return buildScalarReducePrecision(b, args[0], getExponentBits(), getMantissaBits());
  }];
  let ofDeclaration = "static Val of(Val x, int64_t exponentBits, int64_t mantissaBits);\n";
  let ofDefinition = [{Val $cppClass::of(Val x, int64_t exponentBits, int64_t mantissaBits) {
    return {*x.emitter, x.emitter->create<$cppClass>(x.value, exponentBits, mantissaBits)};
  }
  }];
  let hasVerifier = 1;
}
def StopGradientOp : Mjx_UnaryOp<"stop_gradient", Mjx_Tensor> {
  let summary = "Its operand, held constant by differentiation";
  let floatOp = "IdentityScalarOp";
  let signedOp = "IdentityScalarOp";
  let boolOp = "IdentityScalarOp";
  let complexOp = "IdentityScalarOp";
  let hasFolder = 1;
}

#endif // MJX_POINTWISE_OPS
