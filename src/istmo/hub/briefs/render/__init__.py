"""From a `Brief` to the bytes of each format. Renderers only lay out: no figure is computed here."""
