"""Admission control for models: judge evidence, record the decision, hold or release the model."""
