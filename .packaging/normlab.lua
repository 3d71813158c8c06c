-- A module file for Lmod: module use PREFIX/share/modulefiles; module load normlab. The prefix is where it lies.
local prefix = myFileName():match("^(.*)/share/modulefiles/")
whatis("Name: normlab")
whatis("Description: a distributed trainer that compares normalization layers")
prepend_path("PATH", pathJoin(prefix, "bin"))
prepend_path("MANPATH", pathJoin(prefix, "share/man"))
