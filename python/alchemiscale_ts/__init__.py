"""The protocols of the TypeScript alchemiscale, for Python clients."""

__version__ = "0.1.0"
