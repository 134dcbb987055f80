"""Speed and memory on this machine; run by hand with `make bench`."""
