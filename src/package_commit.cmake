# Called by CPack when all files are together: the archive of the source says of which commit it is.
if(CPACK_SOURCE_INSTALLED_DIRECTORIES)
  file(GLOB_RECURSE OUT ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/.commit
                        ${CPACK_TEMPORARY_DIRECTORY}/.commit)
  list(GET OUT 0 OUT)
  set(SOURCE ${CPACK_NORMLAB_SOURCE})
  include(${CPACK_NORMLAB_SOURCE}/src/base/commit.cmake)
endif()
