"""Spack's recipe. The libraries are those of jobs/package-names.txt."""

import pathlib

from spack.package import *


class Normlab(CMakePackage):
    """A distributed trainer of small convolutional networks that compares normalization layers."""

    git = f"file://{pathlib.Path(__file__).resolve().parents[4]}"
    license("BSD-3-Clause")
    version("main", branch="main")

    depends_on("c", type="build")
    depends_on("cmake@3.20:", type="build")
    depends_on("gmake", type="build")
    depends_on("pkgconf", type="build")
    depends_on("mpi")
    depends_on("hdf5+hl")
    depends_on("libyaml")
    depends_on("xxhash")
    depends_on("libjpeg-turbo")
    depends_on("libpng")
    depends_on("zlib-api")
    depends_on("gsl")

    conflicts("%gcc@:7", msg="gcc from 8")
    conflicts("%clang@:11", msg="clang from 12")

    def cmake_args(self):
        return [self.define("BUILD_TESTING", False)]
