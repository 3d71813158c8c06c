# Writes OUT, a header with the bytes of FILE as the array NAME.
file(READ ${FILE} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)"
       "\\1\n" bytes "${bytes}")
file(CONFIGURE OUTPUT ${OUT} CONTENT "static const char ${NAME}[] = {\n${bytes}};\n")
