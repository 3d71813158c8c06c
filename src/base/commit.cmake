# Writes OUT with the commit of SOURCE, only if it has changed. Outside of a checkout it is that of
# the archive, which `git archive` or CPack has written into .commit.
find_package(Git QUIET)
set(commit unknown)
if(EXISTS ${SOURCE}/.commit)
  file(STRINGS ${SOURCE}/.commit archived LIMIT_COUNT 1)
  if(archived MATCHES "^[0-9a-f]+(-dirty)?$")
    set(commit ${archived})
  endif()
endif()
if(GIT_FOUND)
  # Empty only at the top of a checkout: an archive may lie inside of another project's.
  execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse --show-prefix
                  WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE prefix ERROR_QUIET
                  RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT failed AND prefix STREQUAL "")
    execute_process(COMMAND ${GIT_EXECUTABLE} describe --always --dirty --exclude=*
                    WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE described ERROR_QUIET
                    RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT failed)
      set(commit ${described})
    endif()
  endif()
endif()
if(OUT MATCHES "\\.h$")
  set(text "#define NORMLAB_COMMIT \"${commit}\"\n")
else()
  set(text "${commit}\n")
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "${text}")
