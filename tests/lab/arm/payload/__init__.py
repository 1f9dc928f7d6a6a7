"""How each thing reads on the wire: one builder a kind, from the model to what `json.dumps` takes."""
