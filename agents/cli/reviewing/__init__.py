"""`naturalist reviewer`: what is done to the reviewer itself."""
