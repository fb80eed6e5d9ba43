"""One module a protocol; module and class names are hashed into gufe keys and so never change."""
