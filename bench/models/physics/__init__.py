"""What the engine knows of physics layers: their interface, the fields of one image, and the maps that a run keeps."""
