"""Open peers under W1: ejabberd and Synapse on the database that we use. `make bench-peers`."""
