"""What the engine lends to collectors: clock, state, threads, cleanup, throttling, blackboard."""
