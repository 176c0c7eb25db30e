//===- ContractionOps.td - Linear algebra -----------------*- tablegen -*-===//
#ifndef MJX_CONTRACTION_OPS
#define MJX_CONTRACTION_OPS

include "mjx/IR/MjxBase.td"

def DotGeneralOp : Mjx_StructuredOp<"dot_general", !listconcat(Mjx_Inferred, [Mjx_Costs<["countFlops"]>])> {
  let summary = "Sums products over contracted dimensions, in step over batch dimensions";
  let description = [{
    The result has the batch dimensions, then the free ones of `lhs`, then the
    free ones of `rhs`. Floats of 16 bits are added up in 32.

    ```mlir
    %c = mjx.dot_general %a, %b, batch = [] x [], contract = [1] x [0]
        : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
    ```
  }];
  let arguments = (ins Mjx_NumberTensor:$lhs, Mjx_NumberTensor:$rhs,
                       DenseI64ArrayAttr:$lhs_batch, DenseI64ArrayAttr:$rhs_batch,
                       DenseI64ArrayAttr:$lhs_contract, DenseI64ArrayAttr:$rhs_contract);
  let results = (outs Mjx_NumberTensor:$out);
  let assemblyFormat = [{
    $lhs `,` $rhs `,` `batch` `=` $lhs_batch `x` $rhs_batch `,`
    `contract` `=` $lhs_contract `x` $rhs_contract attr-dict
    `:` type($lhs) `,` type($rhs) `->` type($out)
  }];
  let extraClassDeclaration = [{
    static Val of(Val lhs, Val rhs, ::llvm::ArrayRef<int64_t> lhsBatch,
                  ::llvm::ArrayRef<int64_t> rhsBatch, ::llvm::ArrayRef<int64_t> lhsContract,
                  ::llvm::ArrayRef<int64_t> rhsContract);
    /// Dimensions that are neither batch nor contracted, in order.
    ::llvm::SmallVector<int64_t> getLhsFree();
    ::llvm::SmallVector<int64_t> getRhsFree();
  }];
}

def ConvGeneralOp : Mjx_StructuredOp<"conv_general", !listconcat(Mjx_Inferred, [Mjx_Costs<["countFlops"]>])> {
  let summary = "Convolution as machine learning means it: a sliding dot product";
  let description = [{
    `lhs` is laid out [batch, features in, space...], `rhs` [features out,
    features in / feature_groups, space...], the result [batch, features out,
    space...]. `lhs_dilation` spreads the input, `rhs_dilation` the kernel;
    `low` and `high` pad the spread input and may be negative. With
    `feature_groups` g the features are split in g parts that do not mix; with
    `batch_groups` g the batch is, against parts of the output features.
  }];
  let arguments = (ins Mjx_NumberTensor:$lhs, Mjx_NumberTensor:$rhs,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$low,
                       DenseI64ArrayAttr:$high, DenseI64ArrayAttr:$lhs_dilation,
                       DenseI64ArrayAttr:$rhs_dilation,
                       DefaultValuedAttr<I64Attr, "1">:$feature_groups,
                       DefaultValuedAttr<I64Attr, "1">:$batch_groups);
  let results = (outs Mjx_NumberTensor:$out);
  let assemblyFormat = [{
    $lhs `,` $rhs `,` `strides` `=` $strides `,` `low` `=` $low `,` `high` `=` $high `,`
    `lhs_dilation` `=` $lhs_dilation `,` `rhs_dilation` `=` $rhs_dilation attr-dict
    `:` type($lhs) `,` type($rhs) `->` type($out)
  }];
}

//===----------------------------------------------------------------------===//
// Fourier transforms
//===----------------------------------------------------------------------===//

/// What the libraries behind the ops below compute with.
def Mjx_LapackReal : AnyTypeOf<[F32, F64], "f32 or f64">;
def Mjx_LapackElement : AnyTypeOf<[F32, F64, Complex<F32>, Complex<F64>],
                                  "f32, f64 or a complex number of them">;
def Mjx_LapackRealTensor : Mjx_TensorOf<Mjx_LapackReal>;
def Mjx_LapackTensor : Mjx_TensorOf<Mjx_LapackElement>;
def Mjx_I32Tensor : Mjx_TensorOf<I32>;

def FftOp : Mjx_StructuredOp<"fft", !listconcat(Mjx_Inferred, [Mjx_Costs<["countFlops"]>])> {
  let summary = "Discrete Fourier transform over the last dimensions";
  let description = [{
    `lengths` are the numbers of points along the last dimensions. `fft` and
    `ifft` are complex on both sides. `rfft` takes real numbers and gives the
    half of the last dimension that determines the rest, `n / 2 + 1` of `n`;
    `irfft` takes such a half, of which the imaginary parts that must be zero
    are ignored, and gives real numbers. The inverses divide by the number of
    points.

    ```mlir
    %y = mjx.fft rfft %x, lengths = [8] : tensor<3x8xf32> -> tensor<3x5xcomplex<f32>>
    ```
  }];
  let arguments = (ins Mjx_Keyword<["fft", "ifft", "rfft", "irfft"]>:$kind, Mjx_LapackTensor:$x,
                       DenseI64ArrayAttr:$lengths);
  let results = (outs Mjx_LapackTensor:$out);
  let assemblyFormat = [{
    custom<Keyword>($kind) $x `,` `lengths` `=` $lengths attr-dict `:` type($x) `->` type($out)
  }];
}

//===----------------------------------------------------------------------===//
// Factorizations, of the matrices in the last two dimensions
//===----------------------------------------------------------------------===//

/// Leading dimensions are a batch. What cannot be computed (a factorization
/// that does not exist, an iteration that does not converge) is NaN.
class Mjx_MatrixOp<string mnemonic, bit linear = 0, list<Trait> traits = []>
    : Mjx_StructuredOp<mnemonic, !listconcat(Mjx_Inferred, [Mjx_Costs<["countFlops"]>], traits),
                       /*jvp=*/1, linear> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def CholeskyOp : Mjx_MatrixOp<"cholesky"> {
  let summary = "The lower triangular L with L L^H = x, for positive definite x";
  let description = [{
    Of `x` the lower triangle is read. The upper one of the result is zero. The
    result is NaN for a matrix that is not positive definite.

    ```mlir
    %l = mjx.cholesky %x : (tensor<3x3xf32>) -> tensor<3x3xf32>
    ```
  }];
  let arguments = (ins Mjx_LapackTensor:$x);
  let results = (outs Mjx_LapackTensor:$out);
}

def TriangularSolveOp : Mjx_MatrixOp<"triangular_solve", /*linear=*/1> {
  let summary = "Solves op(a) y = b or, right of it, y op(a) = b, for triangular a";
  let description = [{
    `op` is given by `transpose_a`. Of `a` only the triangle that `lower` says is
    read, and of that the diagonal is taken as ones if `unit_diagonal`. `a` on
    the left where `left_side`.

    ```mlir
    %y = mjx.triangular_solve no %a, %b {left_side = true, lower = true}
        : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    ```
  }];
  let arguments = (ins Mjx_Keyword<["no", "transpose", "adjoint"]>:$transpose_a,
                       Mjx_LapackTensor:$a, Mjx_LapackTensor:$b, Mjx_Flag:$left_side,
                       Mjx_Flag:$lower, Mjx_Flag:$unit_diagonal);
  let results = (outs Mjx_LapackTensor:$out);
  let assemblyFormat = [{
    custom<Keyword>($transpose_a) operands attr-dict `:` functional-type(operands, results)
  }];
}

def LuOp : Mjx_MatrixOp<"lu"> {
  let summary = "Triangular factors of a matrix with its rows exchanged";
  let description = [{
    `lu` holds U and, below its diagonal, L without its ones. Row `i` was
    exchanged with row `pivots[i]`, in order; row `i` of L U is row
    `permutation[i]` of `x`. A singular matrix has zeros on the diagonal of U.

    ```mlir
    %lu, %pivots, %permutation = mjx.lu %x
        : (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<2xi32>, tensor<3xi32>)
    ```
  }];
  let arguments = (ins Mjx_LapackTensor:$x);
  let results = (outs Mjx_LapackTensor:$lu, Mjx_I32Tensor:$pivots, Mjx_I32Tensor:$permutation);
}

def LuPivotsToPermutationOp
    : Mjx_StructuredOp<"lu_pivots_to_permutation", Mjx_Inferred, /*jvp=*/0, /*linear=*/0> {
  let summary = "The permutation that exchanges of rows, in order, amount to";
  let description = [{
    ```mlir
    %p = mjx.lu_pivots_to_permutation %pivots {size = 3 : i64} : (tensor<2xi32>) -> tensor<3xi32>
    ```
  }];
  let arguments = (ins Mjx_I32Tensor:$pivots, I64Attr:$size);
  let results = (outs Mjx_I32Tensor:$permutation);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def QrOp : Mjx_MatrixOp<"qr", /*linear=*/0,
                        [NeverLowered, DeclareOpInterfaceMethods<DecomposeOpInterface>]> {
  let summary = "A matrix with orthonormal columns times an upper triangular one";
  let description = [{
    With `full_matrices` q is square, else it has as many columns as r has rows,
    the lesser extent of x. With `pivoting` the columns of x are permuted such
    that the diagonal of r decreases: `x[:, permutation] = q r`.

    ```mlir
    %q, %r = mjx.qr %x : (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<2x2xf32>)
    ```
  }];
  let arguments = (ins Mjx_LapackTensor:$x, Mjx_Flag:$full_matrices, Mjx_Flag:$pivoting);
  let results = (outs Mjx_LapackTensor:$q, Mjx_LapackTensor:$r,
                      Variadic<Mjx_I32Tensor>:$permutation);
}

def GeqrfOp : Mjx_MatrixOp<"geqrf"> {
  let summary = "The factors of `qr` as LAPACK packs them: r and reflectors";
  let description = [{
    `packed` holds r and, below its diagonal, the reflectors whose product is q;
    `taus` are their scales. With `pivoting` also the permutation of columns.

    ```mlir
    %packed, %taus = mjx.geqrf %x : (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<2xf32>)
    ```
  }];
  let arguments = (ins Mjx_LapackTensor:$x, Mjx_Flag:$pivoting);
  let results = (outs Mjx_LapackTensor:$packed, Mjx_LapackTensor:$taus,
                      Variadic<Mjx_I32Tensor>:$permutation);
}

def HouseholderProductOp : Mjx_MatrixOp<"householder_product"> {
  let summary = "The first columns of a product of reflectors";
  let description = [{
    The reflectors are below the diagonal of `packed`, one for each of `taus`;
    the result has the shape of `packed`.

    ```mlir
    %q = mjx.householder_product %packed, %taus : (tensor<3x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
    ```
  }];
  let arguments = (ins Mjx_LapackTensor:$packed, Mjx_LapackTensor:$taus);
  let results = (outs Mjx_LapackTensor:$out);
}

def OrmqrOp : Mjx_MatrixOp<"ormqr", /*linear=*/1> {
  let summary = "A product of reflectors times a matrix";
  let description = [{
    Multiplies `c` by q, the square matrix that is the product of the reflectors
    in `packed`, from the left or the right, or, with `adjoint`, by its adjoint.

    ```mlir
    %y = mjx.ormqr %packed, %taus, %c {left = true}
        : (tensor<3x2xf32>, tensor<2xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
    ```
  }];
  let arguments = (ins Mjx_LapackTensor:$packed, Mjx_LapackTensor:$taus, Mjx_LapackTensor:$c,
                       Mjx_Flag:$left, Mjx_Flag:$adjoint);
  let results = (outs Mjx_LapackTensor:$out);
}

def SvdOp : Mjx_MatrixOp<"svd"> {
  let summary = "Singular values, in decreasing order, and their vectors";
  let description = [{
    With `compute_uv`, u and the adjoint of v, such that x = u diag(s) vh; of as
    many columns and rows as there are values, or square with `full_matrices`.

    ```mlir
    %s, %u, %vh = mjx.svd %x
        : (tensor<3x2xf32>) -> (tensor<2xf32>, tensor<3x2xf32>, tensor<2x2xf32>)
    ```
  }];
  let arguments = (ins Mjx_LapackTensor:$x, Mjx_Flag:$full_matrices,
                       DefaultValuedAttr<BoolAttr, "true">:$compute_uv);
  let results = (outs Mjx_LapackRealTensor:$s, Variadic<Mjx_LapackTensor>:$vectors);
}

def EighOp : Mjx_MatrixOp<"eigh"> {
  let summary = "Eigenvalues of a symmetric or Hermitian matrix, increasing, and vectors";
  let description = [{
    Of `x` the triangle that `lower` says is read. The vectors are orthonormal
    columns; not computed unless `compute_vectors`.

    ```mlir
    %w, %v = mjx.eigh %x {lower = true} : (tensor<3x3xf32>) -> (tensor<3xf32>, tensor<3x3xf32>)
    ```
  }];
  let arguments = (ins Mjx_LapackTensor:$x, Mjx_Flag:$lower,
                       DefaultValuedAttr<BoolAttr, "true">:$compute_vectors);
  let results = (outs Mjx_LapackRealTensor:$w, Variadic<Mjx_LapackTensor>:$vectors);
}

def EigOp : Mjx_MatrixOp<"eig"> {
  let summary = "Eigenvalues of any square matrix, in no order, and vectors";
  let description = [{
    Complex. With `left` and with `right` the vectors of that side, as columns
    of length 1 whose greatest component is real, left ones first.

    ```mlir
    %w, %v = mjx.eig %x {right = true}
        : (tensor<3x3xf32>) -> (tensor<3xcomplex<f32>>, tensor<3x3xcomplex<f32>>)
    ```
  }];
  let arguments = (ins Mjx_LapackTensor:$x, Mjx_Flag:$left, Mjx_Flag:$right);
  let results = (outs Mjx_ComplexTensor:$w, Variadic<Mjx_ComplexTensor>:$vectors);
}

def SchurOp : Mjx_MatrixOp<"schur"> {
  let summary = "A matrix as z t z^H, with z unitary and t upper triangular";
  let description = [{
    For real x all is real, and t has blocks of two rows for pairs of complex
    eigenvalues.

    ```mlir
    %t, %z = mjx.schur %x : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3x3xf32>)
    ```
  }];
  let arguments = (ins Mjx_LapackTensor:$x,
                       DefaultValuedAttr<BoolAttr, "true">:$compute_vectors);
  let results = (outs Mjx_LapackTensor:$t, Variadic<Mjx_LapackTensor>:$vectors);
}

def HessenbergOp : Mjx_MatrixOp<"hessenberg"> {
  let summary = "A matrix as q h q^H, with h zero below its first subdiagonal";
  let description = [{
    `packed` holds h and, below the subdiagonal, the reflectors whose product is
    q, from its second row and column on.

    ```mlir
    %packed, %taus = mjx.hessenberg %x : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<2xf32>)
    ```
  }];
  let arguments = (ins Mjx_LapackTensor:$x);
  let results = (outs Mjx_LapackTensor:$packed, Mjx_LapackTensor:$taus);
}

def TridiagonalOp : Mjx_MatrixOp<"tridiagonal"> {
  let summary = "A symmetric or Hermitian matrix as q t q^H, with t tridiagonal";
  let description = [{
    Of `x` the triangle that `lower` says is read. `d` is the diagonal of t and
    `e` the one beside it, both real; `packed` and `taus` hold the reflectors.

    ```mlir
    %packed, %d, %e, %taus = mjx.tridiagonal %x {lower = true}
        : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3xf32>, tensor<2xf32>, tensor<2xf32>)
    ```
  }];
  let arguments = (ins Mjx_LapackTensor:$x, Mjx_Flag:$lower);
  let results = (outs Mjx_LapackTensor:$packed, Mjx_LapackRealTensor:$d, Mjx_LapackRealTensor:$e,
                      Mjx_LapackTensor:$taus);
}

def TridiagonalSolveOp : Mjx_MatrixOp<"tridiagonal_solve", /*linear=*/1> {
  let summary = "Solves a y = b for a with three diagonals";
  let description = [{
    `d` is the diagonal, `dl` the one below and `du` the one above, all of the
    same length: the first element of `dl` and the last of `du` are not read.

    ```mlir
    %y = mjx.tridiagonal_solve %dl, %d, %du, %b
        : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    ```
  }];
  let arguments = (ins Mjx_LapackTensor:$dl, Mjx_LapackTensor:$d, Mjx_LapackTensor:$du,
                       Mjx_LapackTensor:$b);
  let results = (outs Mjx_LapackTensor:$out);
}

#endif // MJX_CONTRACTION_OPS
