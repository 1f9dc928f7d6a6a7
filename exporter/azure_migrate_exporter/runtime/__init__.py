"""Services that the engine provides to collectors: clock, state, threads, cleanup, throttling, blackboard."""
