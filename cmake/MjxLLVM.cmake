# Finds LLVM and MLIR, and hides how they are linked (MJX_LLVM_LINK).

find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
message(STATUS "LLVM ${LLVM_PACKAGE_VERSION}, linked ${MJX_LLVM_LINK}")

set(LLVM_RUNTIME_OUTPUT_INTDIR "${PROJECT_BINARY_DIR}/bin")
set(LLVM_LIBRARY_OUTPUT_INTDIR "${PROJECT_BINARY_DIR}/lib")
set(MLIR_BINARY_DIR "${PROJECT_BINARY_DIR}")
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)
include(HandleLLVMOptions)

# std::stable_sort of libstdc++ 12 uses what that library deprecates itself.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-deprecated-declarations>)

include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
include_directories("${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}/include")
# LLVM_DEFINITIONS is one string; unsplit it would become a single odd macro.
separate_arguments(_llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_definitions(${_llvm_definitions})

if(MJX_LLVM_LINK STREQUAL "static")
  include(MjxStaticLLVM)
else()
  # AddMLIRPython links LLVMSupport by name. Pointing it at the shared library
  # keeps a second copy of LLVM out of the process.
  get_target_property(_so LLVM IMPORTED_LOCATION_RELWITHDEBINFO)
  set_target_properties(LLVMSupport PROPERTIES
    IMPORTED_LOCATION_RELWITHDEBINFO "${_so}" INTERFACE_LINK_LIBRARIES "")
endif()

# mjx_link_whole(<target>...): all of these archives into libmjx.so. The files,
# not the targets, which would bring along what they were linked with.
function(mjx_link_whole)
  foreach(_archive IN LISTS ARGN)
    target_link_libraries(mjx-core PRIVATE
      "-Wl,--whole-archive" "$<TARGET_FILE:${_archive}>" "-Wl,--no-whole-archive")
  endforeach()
endfunction()

# mjx_link_llvm(<target>): for libmjx.so and what is linked to it.
function(mjx_link_llvm target)
  if(MJX_LLVM_LINK STREQUAL "shared")
    target_link_libraries(${target} PRIVATE MLIR LLVM)
  elseif(target STREQUAL "mjx-core")
    mjx_link_whole(${MJX_WHOLE_LIBRARIES})
    target_link_libraries(mjx-core PRIVATE ${MJX_MLIR_LIBRARIES} ${MJX_LLVM_LIBRARIES})
    # libzstd.a is not position-independent: it links as long as it stays inside.
    target_link_options(mjx-core PRIVATE "LINKER:--exclude-libs,libzstd.a" "LINKER:-Bsymbolic")
  else()
    # libmjx.so ahead of the archive, which then adds only what that does not have.
    add_dependencies(${target} mjx-core)
    target_link_options(${target} PRIVATE "$<TARGET_FILE:mjx-core>")
    target_link_libraries(${target} PRIVATE LLVMSupport)
  endif()
endfunction()

# Libraries of a wheel find each other in the package, and LLVM where it is installed.
set(MJX_INSTALL_RPATH "$ORIGIN")
if(MJX_LLVM_LINK STREQUAL "shared")
  list(APPEND MJX_INSTALL_RPATH "${LLVM_LIBRARY_DIRS}")
endif()
# A new libmjx.so needs no new link of what uses it.
set(CMAKE_LINK_DEPENDS_NO_SHARED ON)
