"""What tests share besides fixtures: documents, made-up logs, a model that is quick."""
