//===- Trace.h - A function under construction ------------------*- C++ -*-===//
//
// What the frontend holds are handles: values and regions that know when what
// they point to is gone, and say so rather than crash.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_PYTHON_BINDINGS_TRACE_H
#define MJX_PYTHON_BINDINGS_TRACE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

#include <memory>
#include <optional>
#include <vector>

class Trace;

/// A block being filled, and whether it still exists.
struct Scope {
  bool alive = true;
};

/// A value of a trace.
struct ValueHandle {
  mlir::Value value;
  std::shared_ptr<Scope> scope;

  /// The value; throws if it is gone.
  mlir::Value get() const;
};

/// A region that belongs to no op yet.
struct RegionHandle {
  Trace *trace;
  std::unique_ptr<mlir::Region> region;

  RegionHandle(Trace *trace, std::unique_ptr<mlir::Region> region)
      : trace(trace), region(std::move(region)) {}
  ~RegionHandle();
  /// Takes the region away; throws if that was done before.
  std::unique_ptr<mlir::Region> take();
};
using RegionRef = std::shared_ptr<RegionHandle>;

/// A module of its own.
struct ModuleHandle {
  mlir::OwningOpRef<mlir::ModuleOp> op;

  explicit ModuleHandle(mlir::OwningOpRef<mlir::ModuleOp> op) : op(std::move(op)) {}
  ~ModuleHandle();
  /// Its one function.
  mlir::func::FuncOp function();
};
using ModuleRef = std::shared_ptr<ModuleHandle>;

using Values = std::vector<ValueHandle>;

/// What an op is made of, besides operands and regions.
struct OpRequest {
  llvm::StringRef name;
  mlir::NamedAttrList attributes;
  std::optional<llvm::SmallVector<mlir::Type>> types;
  mlir::Location loc;
};

/// A module with one function under construction. All methods want the context
/// to be locked. They throw std::runtime_error on dead handles and
/// nanobind::value_error with the diagnostics on what MLIR rejects.
class Trace {
public:
  explicit Trace(const std::string &name);
  ~Trace();

  ValueHandle argument(mlir::Type type);
  /// Appends an op to the innermost block and returns its results; those of a
  /// transform op are what it resolves to. On failure nothing is left behind.
  Values emit(OpRequest request, const Values &operands, const std::vector<RegionRef> &regions);

  Values openRegion(mlir::TypeRange types, mlir::Location loc);
  RegionRef closeRegion(const Values &results, mlir::Location loc);
  void abandonRegion();

  /// Makes outer values that the regions use leading arguments of each region.
  Values capture(const std::vector<RegionRef> &regions);
  /// The block arguments that a value depends on.
  Values sources(const ValueHandle &value);
  /// The ops that `results` depend on, down to `known` values and arguments of
  /// the function, as a module; and those inputs. Arguments of regions stand for
  /// what `bindings` says.
  std::pair<ModuleRef, Values>
  extract(const Values &results, const Values &known,
          const std::vector<std::pair<ValueHandle, ValueHandle>> &bindings);
  /// The values a linear map captures; a module from those and tangents to
  /// tangents; and one from those and cotangents to cotangents.
  std::tuple<Values, ModuleRef, ModuleRef> splitLinear(const ValueHandle &map);
  /// The ops of a module's function, here.
  Values inlineModule(ModuleHandle &module, const Values &operands);
  /// Ends the function. The trace is dead afterwards.
  ModuleRef finish(const Values &results);

  void release(RegionHandle *region) { detached.erase(region); }
  ValueHandle handle(mlir::Value value);

private:
  struct Frame {
    mlir::Operation *placeholder; // the op that holds the region while it is open
    mlir::Block *block;
    std::shared_ptr<Scope> scope;
  };

  Frame &top();
  Values handles(mlir::ValueRange values);
  llvm::SmallVector<mlir::Value> unwrap(const Values &values);
  mlir::Operation *create(OpRequest &request, mlir::ValueRange operands,
                          const std::vector<RegionRef> &regions);
  void eraseAfter(mlir::Operation *last);
  void popFrame();
  void kill();

  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  std::vector<Frame> frames;
  llvm::DenseMap<mlir::Block *, std::shared_ptr<Scope>> scopes;
  llvm::DenseSet<RegionHandle *> detached;
};

/// Values used in a region, nested ones included, but defined outside of it.
llvm::SetVector<mlir::Value> capturedValues(llvm::ArrayRef<mlir::Region *> regions);
/// A module with an empty function `main`; its block is returned too.
std::pair<mlir::OwningOpRef<mlir::ModuleOp>, mlir::func::FuncOp> makeModule(mlir::Location loc);
/// Ends a function with the given results, sets its type, removes dead ops.
void finishFunction(mlir::func::FuncOp function, mlir::ValueRange results);

#endif // MJX_PYTHON_BINDINGS_TRACE_H
