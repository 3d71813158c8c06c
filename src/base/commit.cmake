# Writes OUT with the commit of SOURCE, only if it has changed.
find_package(Git QUIET)
set(commit unknown)
if(GIT_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} describe --always --dirty --exclude=*
                  WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE described ERROR_QUIET
                  RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT failed)
    set(commit ${described})
  endif()
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#define NORMLAB_COMMIT \"${commit}\"\n")
