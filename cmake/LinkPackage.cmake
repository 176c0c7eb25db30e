# cmake -DFROM=<package source> -DTO=<package in the build tree> -P LinkPackage.cmake
# Links every entry of FROM into TO and removes links whose source is gone.
# Subpackages are linked whole, but for mlir, which also holds built files.

function(link_entries from to)
  file(MAKE_DIRECTORY "${to}")
  file(GLOB present LIST_DIRECTORIES true "${to}/*")
  foreach(path IN LISTS present)
    if(IS_SYMLINK "${path}" AND NOT EXISTS "${path}")
      file(REMOVE "${path}")
    endif()
  endforeach()
  file(GLOB sources LIST_DIRECTORIES true RELATIVE "${from}" "${from}/*")
  list(REMOVE_ITEM sources mlir __pycache__)
  foreach(name IN LISTS sources)
    if(NOT EXISTS "${to}/${name}")
      file(CREATE_LINK "${from}/${name}" "${to}/${name}" SYMBOLIC)
    endif()
  endforeach()
endfunction()

link_entries("${FROM}" "${TO}")
link_entries("${FROM}/mlir" "${TO}/mlir")
