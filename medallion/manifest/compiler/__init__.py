"""Compiles a lake's contracts to its manifest: the only place that reads the Open Data Contract Standard."""

from medallion.manifest.compiler.compile import compile_lake

__all__ = ["compile_lake"]
