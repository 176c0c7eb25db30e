//===- ContractionOps.td - Sums of products ---------------*- tablegen -*-===//
#ifndef MJX_CONTRACTION_OPS
#define MJX_CONTRACTION_OPS

include "mjx/IR/MjxBase.td"

def DotGeneralOp : Mjx_StructuredOp<"dot_general", Mjx_Inferred> {
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

def ConvGeneralOp : Mjx_StructuredOp<"conv_general", Mjx_Inferred> {
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

#endif // MJX_CONTRACTION_OPS
