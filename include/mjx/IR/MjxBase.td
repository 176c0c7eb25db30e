//===- MjxBase.td - Dialect, types and base classes -------*- tablegen -*-===//
//
// What is regular about ops is said here once; records below only say what is
// particular to them.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_BASE
#define MJX_BASE

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mjx/Interfaces/Interfaces.td"

def Mjx_Dialect : Dialect {
  let name = "mjx";
  let cppNamespace = "::mjx";
  let summary = "Array programs that can be differentiated and batched";
  let description = [{
    Operations on dense tensors of static shape. Nothing is implicit: operands
    of pointwise ops have equal types, shapes are broadcast by
    `mjx.broadcast_in_dim` and element types changed by `mjx.convert`. Booleans
    are `i1`, signed integers signless (`i32`), unsigned ones `ui32`.

    Most ops have no effect but their results, and may be duplicated, removed or
    moved. The few that have one say so, and ops with regions have the effects of
    what they hold.
  }];
  let useDefaultTypePrinterParser = 1;
  let hasConstantMaterializer = 1;
  // All patterns are collected in one place, lib/IR/Simplify.
  let hasCanonicalizer = 1;
  // Scalar forms are built to fold constants.
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::complex::ComplexDialect",
                           "::mlir::math::MathDialect"];
  let extraClassDeclaration = [{
    /// What simplification keeps from one run to the next in a context.
    std::shared_ptr<void> &simplifierState() { return simplifier; }
  private:
    std::shared_ptr<void> simplifier;
  public:
  }];
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// Floats of 8 bits are computed in f32, as those of 16 are.
def Mjx_Float8 : AnyTypeOf<[F8E4M3FN, F8E5M2, F8E4M3B11FNUZ, F8E4M3FNUZ, F8E5M2FNUZ],
                           "8-bit floating point">;
def Mjx_Float : AnyTypeOf<[F16, BF16, F32, F64, Mjx_Float8], "floating point">;
def Mjx_SignedInt : AnyTypeOf<[I<4>, I8, I16, I32, I64], "signed integer">;
def Mjx_UnsignedInt : AnyTypeOf<[UI<4>, UI8, UI16, UI32, UI64], "unsigned integer">;
def Mjx_Int : AnyTypeOf<[Mjx_SignedInt, Mjx_UnsignedInt], "integer">;
def Mjx_Complex : AnyTypeOf<[Complex<F32>, Complex<F64>], "complex">;
def Mjx_Bool : AnyTypeOf<[I1], "boolean">;
def Mjx_Inexact : AnyTypeOf<[Mjx_Float, Mjx_Complex], "floating point or complex">;
def Mjx_Real : AnyTypeOf<[Mjx_Float, Mjx_Int], "real number">;
def Mjx_Number : AnyTypeOf<[Mjx_Float, Mjx_Int, Mjx_Complex], "number">;
def Mjx_Ordered : AnyTypeOf<[Mjx_Float, Mjx_Int, Mjx_Bool], "real number or boolean">;
def Mjx_Bits : AnyTypeOf<[Mjx_Int, Mjx_Bool], "integer or boolean">;
def Mjx_Element : AnyTypeOf<[Mjx_Number, Mjx_Bool], "number or boolean">;

class Mjx_TensorOf<Type element>
    : StaticShapeTensorOf<[element]>;
def Mjx_FloatTensor : Mjx_TensorOf<Mjx_Float>;
def Mjx_IntTensor : Mjx_TensorOf<Mjx_Int>;
def Mjx_ComplexTensor : Mjx_TensorOf<Mjx_Complex>;
def Mjx_BoolTensor : Mjx_TensorOf<Mjx_Bool>;
def Mjx_InexactTensor : Mjx_TensorOf<Mjx_Inexact>;
def Mjx_RealTensor : Mjx_TensorOf<Mjx_Real>;
def Mjx_NumberTensor : Mjx_TensorOf<Mjx_Number>;
def Mjx_OrderedTensor : Mjx_TensorOf<Mjx_Ordered>;
def Mjx_BitsTensor : Mjx_TensorOf<Mjx_Bits>;
def Mjx_Tensor : Mjx_TensorOf<Mjx_Element>;
def Mjx_UI32Tensor : Mjx_TensorOf<UI32>;
def Mjx_IntScalar : 0DTensorOf<[Mjx_Int]>;
def Mjx_IndexScalar : 0DTensorOf<[Mjx_Int, Mjx_Bool]>;

def Mjx_LinearType : TypeDef<Mjx_Dialect, "Linear"> {
  let mnemonic = "linear";
  let summary = "A linear map, from tangents to tangents";
  let description = [{
    `!mjx.linear<(T) -> U>` is the type of a linearized function. It can be
    applied, and applied transposed; it never reaches a backend.
  }];
  let parameters = (ins "::mlir::FunctionType":$map);
  let assemblyFormat = "`<` $map `>`";
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

/// A word out of a few. Printed bare by the directive custom<Keyword>.
class Mjx_Keyword<list<string> words> : ConfinedAttr<StrAttr, [AttrConstraint<
    CPred<"::llvm::is_contained(std::initializer_list<::llvm::StringRef>{\"" #
          !interleave(words, "\", \"") #
          "\"}, ::mlir::cast<::mlir::StringAttr>($_self).getValue())">,
    "one of " # !interleave(words, ", ")>]>;

def Mjx_Dims : ConfinedAttr<DenseI64ArrayAttr, []>;
def Mjx_Flag : DefaultValuedAttr<BoolAttr, "false">;

//===----------------------------------------------------------------------===//
// What an op declares about its rules
//===----------------------------------------------------------------------===//

/// The results do not vary continuously with the operands, or are constant.
def NotDifferentiable : NativeOpTrait<"NotDifferentiable"> {
  let cppNamespace = "::mjx";
}
/// Linear in no operand: it cannot occur where a map is reversed.
def NeverLinear : NativeOpTrait<"NeverLinear"> {
  let cppNamespace = "::mjx";
}
/// Rebuilt as it is under batching: it has no operands that could be batched.
def NeverBatched : NativeOpTrait<"NeverBatched"> {
  let cppNamespace = "::mjx";
}
/// Gone before lowering: resolved, decomposed, or a terminator.
def NeverLowered : NativeOpTrait<"NeverLowered"> {
  let cppNamespace = "::mjx";
}

/// Cheap next to the memory its result takes: reverse mode may compute it again
/// where it would otherwise have to store it.
def Recomputable : NativeOpTrait<"Recomputable"> {
  let cppNamespace = "::mjx";
}

/// What an op costs, where that does not follow from its types.
class Mjx_Costs<list<string> methods> : DeclareOpInterfaceMethods<CostOpInterface, methods>;

/// Reads of its first operand no more than it returns.
defvar Mjx_ReadsPart = [Mjx_Costs<["countBytesRead"]>];
/// Writes into its first operand, where nothing else needs that.
defvar Mjx_UpdatesPart = [Mjx_Costs<["countFlops", "countBytesRead", "countBytesWritten",
                                     "getResultMemory"]>];

class Mjx_TraitList<list<Trait> all> {
  list<Trait> traits = all;
}
class Mjx_JvpTrait<bit has> : Mjx_TraitList<
    !if(has, [DeclareOpInterfaceMethods<JvpOpInterface>], [NotDifferentiable])>;
class Mjx_LinearTrait<bit has> : Mjx_TraitList<
    !if(has, [DeclareOpInterfaceMethods<LinearOpInterface>], [NeverLinear])>;
defvar Mjx_Batched = [DeclareOpInterfaceMethods<BatchOpInterface>];
/// Result types follow from operands, attributes and regions.
defvar Mjx_Inferred = [DeclareOpInterfaceMethods<InferTypeOpInterface>, InferTypeOpAdaptor];

//===----------------------------------------------------------------------===//
// Base classes
//===----------------------------------------------------------------------===//

class Mjx_Op<string mnemonic, list<Trait> traits = []>
    : Op<Mjx_Dialect, mnemonic, traits>;

/// An op whose rules are written in lib/IR/<Family>Ops.cpp.
class Mjx_StructuredOp<string mnemonic, list<Trait> traits, bit jvp = 1, bit linear = 1>
    : Mjx_Op<mnemonic, !listconcat([Pure], Mjx_JvpTrait<jvp>.traits,
                                   Mjx_LinearTrait<linear>.traits, Mjx_Batched, traits)>;

/// In place of a derivative: buildJvp is in lib/IR.
defvar Mjx_WrittenOut = "written out";

/// Pointwise ops. `jvp` is an expression for the tangent of the result in the
/// operands x, y, z, the result `out` and the tangents dx, dy, dz; empty for
/// none. `transpose` is statements on a TransposeContext `c` with the cotangent
/// `ct`; empty if the op is never linear.
class Mjx_PointwiseOp<string mnemonic, int arity, string jvp, string transpose,
                      list<Trait> traits>
    : Mjx_Op<mnemonic, !listconcat([Pure, Elementwise, Recomputable, DeclareOpInterfaceMethods<PointwiseOpInterface>],
                                   Mjx_JvpTrait<!not(!empty(jvp))>.traits,
                                   Mjx_LinearTrait<!not(!empty(transpose))>.traits,
                                   Mjx_Batched, traits)> {
  // Scalar ops for each kind of element; see ScalarOps in Pointwise.h.
  string floatOp = "NoScalarOp";
  string signedOp = "NoScalarOp";
  string unsignedOp = signedOp;
  string boolOp = "NoScalarOp";
  string complexOp = "NoScalarOp";
  // The body of buildScalar, where one op per kind does not say it.
  string scalar = "return buildScalarOp<" # floatOp # ", " # signedOp # ", " # unsignedOp #
                  ", " # boolOp # ", " # complexOp # ">(getOperation(), b, args);";

  list<string> names = ["x", "y", "z"];
  string operandNames = !interleave(
      !foreach(i, !range(arity), names[i] # " = c.in(" # i # ")"), ", ");
  string tangentNames = !interleave(
      !foreach(i, !range(arity), "d" # names[i] # " = c.tangent(" # i # ")"), ", ");
  string unused = !interleave(
      !foreach(i, !range(arity), "(void)" # names[i] # "; (void)d" # names[i] # "; "), "");
  string ofParameters = !interleave(!foreach(i, !range(arity), "Val " # names[i]), ", ");
  string ofArguments = !interleave(!foreach(i, !range(arity), names[i] # ".value"), ", ");

  string ofDeclaration = "/// The op on values of one emitter, for use in rules.\n  static Val of(" #
                         ofParameters # ");\n";
  string ofDefinition = "Val $cppClass::of(" # ofParameters #
      ") { return {*x.emitter, x.emitter->create<$cppClass>(" # ofArguments # ")}; }\n";
  let extraClassDeclaration = ofDeclaration;
  let extraClassDefinition =
      "::mlir::Value $cppClass::buildScalar(::mlir::ImplicitLocOpBuilder &b, ::mlir::ValueRange args) { " #
      scalar # " }\n" #
      "::llvm::LogicalResult $cppClass::buildBatch(BatchContext &c) { return c.pointwise(); }\n" #
      !if(!or(!empty(jvp), !eq(jvp, Mjx_WrittenOut)), "",
          "::llvm::LogicalResult $cppClass::buildJvp(JvpContext &c) { Val out = c.out(), " #
          operandNames # ", " # tangentNames # "; (void)out; " # unused # "c.set(" # jvp #
          "); return ::mlir::success(); }\n") #
      !if(!empty(transpose), "",
          "::llvm::LogicalResult $cppClass::buildTranspose(TransposeContext &c) { Val ct = c.cotangent(); " #
          transpose # " return ::mlir::success(); }\n") #
      ofDefinition;
}

#endif // MJX_BASE
