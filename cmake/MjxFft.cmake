# The library behind mjx.fft: sources of ducc0, fetched once into the user's
# cache. Without them everything else is built, and fft says what is missing.

set(_cache "$ENV{XDG_CACHE_HOME}")
if(NOT _cache)
  set(_cache "$ENV{HOME}/.cache")
endif()
set(MJX_FFT_SOURCE "${_cache}/mjx/ducc0-0.42.0" CACHE PATH "Sources of ducc0's Fourier transforms")

if(NOT EXISTS "${MJX_FFT_SOURCE}/src/ducc0/fft/fft.h" AND NOT EXISTS "${MJX_FFT_SOURCE}.missing")
  if(NOT Python_EXECUTABLE)
    find_package(Python 3.10 COMPONENTS Interpreter)
  endif()
  message(STATUS "fetching the sources of ducc0's Fourier transforms (0.4 MB)")
  execute_process(COMMAND "${Python_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/cmake/fetch-fft"
    "${MJX_FFT_SOURCE}" RESULT_VARIABLE _failed)
endif()

if(EXISTS "${MJX_FFT_SOURCE}/src/ducc0/fft/fft.h")
  set(MJX_HAS_FFT ON)
  # Its licence goes where its code goes.
  install(FILES "${MJX_FFT_SOURCE}/LICENSE" COMPONENT mjx DESTINATION mjx/licenses RENAME ducc0.txt)
else()
  set(MJX_HAS_FFT OFF)
  message(STATUS "mjx.numpy.fft: not built; expected the sources of ducc0 in ${MJX_FFT_SOURCE}, as "
    "cmake/fetch-fft puts them there")
endif()
