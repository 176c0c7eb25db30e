"""Small libraries for small programs: optimizers, and layers of neural networks."""
