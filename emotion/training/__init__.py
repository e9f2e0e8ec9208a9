"""Training of the models that are shipped. Nothing outside imports this.

This is the only part of the package that uses Keras, and, to export, TensorFlow.
"""
