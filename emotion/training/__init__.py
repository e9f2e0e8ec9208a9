"""Training of the models that are shipped, for the command line and for cross-validation.

It and `emotion.experiments` are the only parts that use Keras and, to export, TensorFlow; nothing
that serves imports them.
"""
