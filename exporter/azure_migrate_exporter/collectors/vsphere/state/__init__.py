"""What is known of one vCenter between two runs: inventory, hardware, history, and what follows from them."""
