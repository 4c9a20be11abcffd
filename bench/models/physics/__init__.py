"""Physics layers as the engine sees them: their interface, the fields of one image, and the maps that a run keeps."""
