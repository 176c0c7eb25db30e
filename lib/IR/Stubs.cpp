// Weak definitions while families are being written.
#include "mjx/IR/Mjx.h"
using namespace mlir;
#define WEAK __attribute__((weak))
namespace mjx {
WEAK OpFoldResult AddOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult ApplyOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK FailureOr<SmallVector<Value>> ApplyOp::resolve(OpBuilder &) { return failure(); }
WEAK LogicalResult ApplyTransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK FailureOr<SmallVector<Value>> ApplyTransposeOp::resolve(OpBuilder &) { return failure(); }
WEAK LogicalResult ArgReduceOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult ArgReduceOp::verify() { return success(); }
WEAK LogicalResult BitcastConvertOp::verify() { return success(); }
WEAK LogicalResult BroadcastInDimOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult BroadcastInDimOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult BroadcastInDimOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult BroadcastInDimOp::verify() { return success(); }
WEAK OpFoldResult BroadcastInDimOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult CallOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult CallOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult CallOp::buildBatch(BatchContext &) { return failure(); }
WEAK FailureOr<SmallVector<Value>> CallOp::buildDecomposition(Emitter &) { return failure(); }
WEAK LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &) { return success(); }
WEAK LogicalResult CompareOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult ComplexOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult ConcatenateOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult ConcatenateOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult ConcatenateOp::buildBatch(BatchContext &) { return failure(); }
WEAK OpFoldResult ConcatenateOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult ConcatenateOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult CondOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult CondOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult CondOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult CondOp::verify() { return success(); }
WEAK LogicalResult CondOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK OpFoldResult ConstantOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult ConvGeneralOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult ConvGeneralOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult ConvGeneralOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult ConvGeneralOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult ConvertOp::verify() { return success(); }
WEAK OpFoldResult ConvertOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult CumulativeOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult CumulativeOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult CumulativeOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult CumulativeOp::verify() { return success(); }
WEAK FailureOr<SmallVector<Value>> DigammaOp::buildDecomposition(Emitter &) { return failure(); }
WEAK OpFoldResult DivOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult DotGeneralOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult DotGeneralOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult DotGeneralOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult DotGeneralOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult DynamicSliceOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult DynamicSliceOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult DynamicSliceOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult DynamicSliceOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult DynamicUpdateSliceOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult DynamicUpdateSliceOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult DynamicUpdateSliceOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult DynamicUpdateSliceOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK FailureOr<SmallVector<Value>> ErfInvOp::buildDecomposition(Emitter &) { return failure(); }
WEAK LogicalResult GatherOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult GatherOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult GatherOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult GatherOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult ImagOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult IotaOp::verify() { return success(); }
WEAK LogicalResult JvpOp::verify() { return success(); }
WEAK LogicalResult JvpOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK FailureOr<SmallVector<Value>> JvpOp::resolve(OpBuilder &) { return failure(); }
WEAK FailureOr<SmallVector<Value>> LgammaOp::buildDecomposition(Emitter &) { return failure(); }
WEAK LogicalResult LinearMapOp::verify() { return success(); }
WEAK LogicalResult LinearizeOp::verify() { return success(); }
WEAK LogicalResult LinearizeOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK FailureOr<SmallVector<Value>> LinearizeOp::resolve(OpBuilder &) { return failure(); }
WEAK FailureOr<SmallVector<Value>> LogisticOp::buildDecomposition(Emitter &) { return failure(); }
WEAK LogicalResult MapOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult MapOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult MapOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult MapOp::verify() { return success(); }
WEAK LogicalResult MapOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK OpFoldResult MulOp::fold(FoldAdaptor) { return {}; }
WEAK OpFoldResult NegOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult OptimizationBarrierOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult OptimizationBarrierOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult OptimizationBarrierOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult OptimizationBarrierOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult PadOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult PadOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult PadOp::buildBatch(BatchContext &) { return failure(); }
WEAK OpFoldResult PadOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult PadOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult RandomBitsOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult RandomBitsOp::verify() { return success(); }
WEAK FailureOr<SmallVector<Value>> RandomBitsOp::buildDecomposition(Emitter &) { return failure(); }
WEAK LogicalResult RealOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult ReduceOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult ReduceOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult ReduceOp::buildBatch(BatchContext &) { return failure(); }
WEAK OpFoldResult ReduceOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult ReduceOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult ReducePrecisionOp::verify() { return success(); }
WEAK LogicalResult ReshapeOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult ReshapeOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult ReshapeOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult ReshapeOp::verify() { return success(); }
WEAK OpFoldResult ReshapeOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult ReverseOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult ReverseOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult ReverseOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult ReverseOp::verify() { return success(); }
WEAK OpFoldResult ReverseOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult ScanOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult ScanOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult ScanOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult ScanOp::verify() { return success(); }
WEAK LogicalResult ScanOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult ScatterOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult ScatterOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult ScatterOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult ScatterOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK OpFoldResult SelectOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult SelectOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult SliceOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult SliceOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult SliceOp::buildBatch(BatchContext &) { return failure(); }
WEAK OpFoldResult SliceOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult SliceOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult SortOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult SortOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult SortOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK OpFoldResult SubOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult Threefry2x32Op::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult TransposeOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult TransposeOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult TransposeOp::buildBatch(BatchContext &) { return failure(); }
WEAK OpFoldResult TransposeOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult UpdateSliceOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult UpdateSliceOp::buildTranspose(TransposeContext &) { return failure(); }
WEAK LogicalResult UpdateSliceOp::buildBatch(BatchContext &) { return failure(); }
WEAK OpFoldResult UpdateSliceOp::fold(FoldAdaptor) { return {}; }
WEAK LogicalResult UpdateSliceOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK LogicalResult VmapOp::verify() { return success(); }
WEAK LogicalResult VmapOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
WEAK FailureOr<SmallVector<Value>> VmapOp::resolve(OpBuilder &) { return failure(); }
WEAK LogicalResult WhileOp::buildJvp(JvpContext &) { return failure(); }
WEAK LogicalResult WhileOp::buildBatch(BatchContext &) { return failure(); }
WEAK LogicalResult WhileOp::verify() { return success(); }
WEAK LogicalResult WhileOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor, SmallVectorImpl<Type> &) { return failure(); }
} // namespace mjx
