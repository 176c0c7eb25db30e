//===- MjxOps.td - All ops of the dialect -----------------*- tablegen -*-===//
#ifndef MJX_OPS
#define MJX_OPS

include "mjx/IR/CreationOps.td"
include "mjx/IR/PointwiseOps.td"
include "mjx/IR/SpecialOps.td"
include "mjx/IR/ShapeOps.td"
include "mjx/IR/IndexingOps.td"
include "mjx/IR/ReductionOps.td"
include "mjx/IR/ContractionOps.td"
include "mjx/IR/RandomOps.td"
include "mjx/IR/ControlFlowOps.td"
include "mjx/IR/TransformOps.td"

#endif // MJX_OPS
