# MJX_LLVM_LINK=static: libmjx.so contains LLVM and MLIR, and whatever links it
# finds them there. Meant for wheels.

# Debian's MLIR libraries name the shared LLVM as their dependency; linked
# beside the archives it would be a second LLVM in the process.
set(_components core support passes native nativecodegen NVPTXCodeGen NVPTXDesc NVPTXInfo orcjit jitlink executionengine
  runtimedyld target targetparser mc mcdisassembler bitwriter bitreader asmparser irreader linker
  ipo frontendopenmp frontendoffloading debuginfodwarf symbolize)
llvm_map_components_to_libnames(MJX_LLVM_LIBRARIES ${_components})
foreach(_target IN LISTS MLIR_EXPORTED_TARGETS)
  if(TARGET ${_target} AND _target MATCHES "^MLIR.")
    get_target_property(_links ${_target} INTERFACE_LINK_LIBRARIES)
    if(_links)
      list(REMOVE_ITEM _links LLVM MLIR "$<LINK_ONLY:LLVM>" "$<LINK_ONLY:MLIR>")
      set_property(TARGET ${_target} PROPERTY INTERFACE_LINK_LIBRARIES ${_links} ${MJX_LLVM_LIBRARIES})
    endif()
  endif()
endforeach()

# LLVMSupport asks for libz3, which nothing here uses, and for a shared zstd.
get_target_property(_links LLVMSupport INTERFACE_LINK_LIBRARIES)
list(FILTER _links EXCLUDE REGEX "z3")
set_property(TARGET LLVMSupport PROPERTY INTERFACE_LINK_LIBRARIES ${_links})
find_library(MJX_ZSTD NAMES libzstd.a zstd)
if(NOT TARGET zstd::libzstd_shared)
  add_library(zstd::libzstd_shared UNKNOWN IMPORTED)
endif()
set_target_properties(zstd::libzstd_shared PROPERTIES IMPORTED_LOCATION "${MJX_ZSTD}")

get_property(MJX_MLIR_LIBRARIES GLOBAL PROPERTY MLIR_DIALECT_LIBS)
get_property(_conversions GLOBAL PROPERTY MLIR_CONVERSION_LIBS)
list(APPEND MJX_MLIR_LIBRARIES ${_conversions}
  MLIRBytecodeOpInterface MLIRBuiltinToLLVMIRTranslation MLIRLLVMToLLVMIRTranslation MLIRTargetLLVMIRExport
  MLIRTargetLLVMIRImport MLIRTransforms)
# What the extensions call, which libmjx.so need not call itself.
set(MJX_WHOLE_LIBRARIES MLIRSupport MLIRIR MLIRParser MLIRAsmParser MLIRPass
  MLIRBytecodeReader MLIRBytecodeWriter MLIRFuncDialect MLIRRewrite)
