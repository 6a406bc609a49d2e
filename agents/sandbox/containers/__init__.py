"""What the docker sandbox is made of: the engine, the image, the container, and the wire to what runs in it."""
