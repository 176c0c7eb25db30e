# Read before project(): Clang 22, lld and ccache where they are installed. Others
# are chosen by -DCMAKE_CXX_COMPILER; the environment's CXX is not asked, because
# Python's build tools set it to whatever Python was compiled with.

macro(mjx_default_tool variable program)
  if(NOT DEFINED ${variable})
    find_program(MJX_TOOL_${variable} ${program})
    if(MJX_TOOL_${variable})
      set(${variable} "${MJX_TOOL_${variable}}" CACHE STRING "")
    endif()
  endif()
endmacro()

mjx_default_tool(CMAKE_C_COMPILER clang-22)
mjx_default_tool(CMAKE_CXX_COMPILER clang++-22)

find_program(MJX_LLD ld.lld-22)
if(MJX_LLD AND CMAKE_CXX_COMPILER MATCHES "clang")
  set(LLVM_USE_LINKER lld CACHE STRING "")
endif()

find_program(MJX_CCACHE ccache)
if(MJX_CCACHE)
  # Without this ccache does not look into what uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros "${MJX_CCACHE}"
    CACHE STRING "")
  set(CMAKE_C_COMPILER_LAUNCHER "${MJX_CCACHE}" CACHE STRING "")
endif()
